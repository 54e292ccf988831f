export type { PostgresOptions } from "./postgres-options.ts";
export { postgres } from "./postgres-store.ts";

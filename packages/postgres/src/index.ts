export { type PostgresOptions, postgres } from "./postgres-store.ts";

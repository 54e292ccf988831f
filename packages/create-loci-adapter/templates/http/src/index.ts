export { myStore } from "./my-store.ts";
export type { ServerOptions } from "./server.ts";

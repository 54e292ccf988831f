export type { ChromaOptions } from "./chroma-options.ts";
export { chroma } from "./chroma-store.ts";

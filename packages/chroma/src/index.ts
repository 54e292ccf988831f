export { type ChromaOptions, chroma } from "./chroma-store.ts";

export type { QdrantOptions } from "./qdrant-options.ts";
export { qdrant } from "./qdrant-store.ts";

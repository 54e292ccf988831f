export { type QdrantOptions, qdrant } from "./qdrant-store.ts";

export { type ImportOptions, type ImportReport, importMem0, type SkippedMemory } from "./import-mem0.ts";
export type { Mem0Memory } from "./mem0-memory.ts";
export { readMem0Database } from "./read-database.ts";
export { readMem0Json } from "./read-json.ts";

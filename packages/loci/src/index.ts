export * from "@loci/core";
export {
  DatabaseFileError,
  type DatabaseFileProblem,
  type FileKeysOptions,
  fileKeys,
  type SqliteOptions,
  sqlite,
} from "@loci/sqlite";
export { Memory, type MemoryOptions } from "./memory.ts";

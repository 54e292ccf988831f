export { DatabaseFileError, type DatabaseFileProblem } from "./database-file-error.ts";
export { type FileKeysOptions, fileKeys } from "./file-keys.ts";
export { type SqliteOptions, sqlite } from "./sqlite-store.ts";

export { DatabaseFileError, type DatabaseFileProblem } from "./database-file-error.ts";
export { type SqliteOptions, sqlite } from "./sqlite-store.ts";

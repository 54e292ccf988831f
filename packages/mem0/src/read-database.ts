import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { InvalidInputError } from "@loci/core";
import { type Mem0Item, parseMem0 } from "./mem0-memory.ts";

/**
 * Reads the SQLite file of mem0's own vector store, `~/.mem0/vector_store.db` by default, in read-only mode. Ignores
 * its vectors, since they belong to another embedder. Does not read the history file, since that also holds deleted
 * memories.
 * @throws InvalidInputError when the file does not exist or is not from mem0
 */
export function* readMem0Database(path: string): Generator<Mem0Item> {
  if (!existsSync(path))
    throw new InvalidInputError(`There is no file ${JSON.stringify(path)}.`, { path: "path" });
  let database: DatabaseSync;
  try {
    database = new DatabaseSync(path, { readOnly: true });
  } catch (cause) {
    throw notMem0(path, cause);
  }
  try {
    let rows: Iterable<unknown>;
    try {
      rows = database.prepare("SELECT id, payload FROM vectors ORDER BY rowid").iterate();
    } catch (cause) {
      throw notMem0(path, cause);
    }
    for (const row of rows) {
      const { id, payload } = row as { readonly id: unknown; readonly payload: unknown };
      yield parsePayload(String(id), String(payload));
    }
  } finally {
    database.close();
  }
}

function parsePayload(id: string, payload: string): Mem0Item {
  try {
    const fields: unknown = JSON.parse(payload);
    return parseMem0(isObject(fields) ? { ...fields, id } : fields, id);
  } catch {
    return { id, problem: "is not JSON" };
  }
}

function notMem0(path: string, cause: unknown): InvalidInputError {
  return new InvalidInputError(
    `${JSON.stringify(path)} is not a mem0 vector store: it has no table "vectors" with payloads.`,
    { path: "path" },
    { cause },
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

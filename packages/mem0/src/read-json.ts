import { InvalidInputError } from "@loci/core";
import { type Mem0Item, parseMem0 } from "./mem0-memory.ts";

/**
 * Reads a mem0 export: the answer of its `getAll`, or a list of memories.
 * @param exported the JSON, parsed or as text
 * @throws InvalidInputError when it holds no list of memories
 */
export function* readMem0Json(exported: unknown): Generator<Mem0Item> {
  const value: unknown = typeof exported === "string" ? parse(exported) : exported;
  const { results, memories } = (Array.isArray(value) ? {} : (value ?? {})) as Readonly<
    Record<string, unknown>
  >;
  const list = [value, results, memories].find((candidate) => Array.isArray(candidate));
  if (!list) {
    throw new InvalidInputError(
      "This is not a mem0 export: it has no list of memories, neither directly nor under results or memories.",
      { path: "exported" },
    );
  }
  for (const [index, item] of list.entries()) yield parseMem0(item, `memory ${index + 1}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInputError(
      "This is not a mem0 export: it is not JSON.",
      { path: "exported" },
      { cause },
    );
  }
}

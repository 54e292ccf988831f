import { Memory } from "@loci/core";
import { sqlite } from "@loci/sqlite";

/** A fake: it knows how long a text is. */
const embedder = {
  specVersion: 1,
  id: "lengths",
  maxBatch: 100,
  describe: async () => ({ id: "lengths", dimensions: 2 }),
  embed: async (texts) => texts.map(({ length }) => unit(length, 10)),
};

function unit(...numbers) {
  const norm = Math.hypot(...numbers);
  return Float32Array.from(numbers, (number) => number / norm);
}

/** Stores a memory, and searches it by words and vector. */
export async function remember() {
  const { VECTOR_EXTENSION: vectorExtension } = process.env;
  const store = sqlite({ directory: "memories", ...(vectorExtension ? { vectorExtension } : {}) });
  const memory = new Memory({ store, embedder });
  try {
    await memory.add("I take my coffee black", { orgId: "acme", timestamp: new Date() });
    const found = await memory.search("coffee", { orgId: "acme" });
    return { found: found.map(({ text }) => text) };
  } catch (error) {
    return { error: error.message };
  } finally {
    await memory.close();
  }
}

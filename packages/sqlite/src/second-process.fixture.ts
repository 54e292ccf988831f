/** A second process for the tests of the store: it does what its first argument says in the folder of its second. */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LociError, Memory } from "@loci/core";
import { sqlite } from "./sqlite-store.ts";

const [role = "", directory = ""] = process.argv.slice(2);
const acme = { orgId: "acme" };
const memory = new Memory({ store: sqlite({ directory }) });

const roles: Record<string, () => Promise<void>> = {
  async "write-forever"() {
    // Goes on where a process before it was killed.
    let index = (await memory.list({ ...acme, limit: 1 })).memories.length === 0 ? 0 : await countTexts();
    for (; ; index++) {
      await memory.add(`text ${index}`, acme);
      console.log(index);
      // Lets the line out before the next write.
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
  "write-some a": () => writeSome("a"),
  "write-some b": () => writeSome("b"),
  async answer() {
    for await (const query of createInterface({ input: process.stdin })) {
      try {
        const [best] = await memory.search(query, { ...acme, limit: 1 });
        await memory.add("said by the second", acme);
        console.log(best?.text ?? "nothing");
      } catch (error) {
        console.log(LociError.isInstance(error) ? error.code : String(error));
      }
    }
  },
  read,
  async "read-as-nobody"() {
    process.setgid?.(65534);
    process.setuid?.(65534);
    await read();
  },
  async fill() {
    const ballast = join(directory, "ballast");
    writeFileSync(ballast, Buffer.alloc(64 * 1024));
    const stored: string[] = [];
    let failure: unknown;
    while (!failure && stored.length < 10_000) {
      const text = `text ${stored.length} ${"long ".repeat(500)}`;
      await memory.add(text, acme).then(
        () => stored.push(text.trim()),
        (error: unknown) => {
          failure = error;
        },
      );
    }
    const { memories } = await memory.list({ ...acme, limit: 1000 });
    const found = memories.map(({ text }) => text.trim());
    const intact = found.length === stored.length && stored.every((text) => found.includes(text));
    rmSync(ballast);
    const { results } = await memory.add("there is room again", acme);
    const { code, retryable } = failure as LociError;
    console.log(code, retryable, stored.length, intact ? "intact" : "damaged", results[0]?.status);
  },
};

async function read(): Promise<void> {
  try {
    await memory.search("one", acme);
    console.log("no error");
  } catch (error) {
    const { code, problem, path } = error as { code?: string; problem?: string; path?: string };
    console.log(code, problem, path);
  }
}

async function writeSome(name: string): Promise<void> {
  for (let index = 0; index < 100; index++) await memory.add(`${name} ${index}`, acme);
  console.log("done");
}

async function countTexts(): Promise<number> {
  let count = 0;
  let cursor: string | undefined;
  do {
    const page = await memory.list({ ...acme, limit: 1000, ...(cursor ? { cursor } : {}) });
    count += page.memories.length;
    cursor = page.cursor;
  } while (cursor);
  return count;
}

await roles[role]?.();
await memory.close();

/** A second process for the tests of the store: it does what its first argument says in the folder of its second. */
import { closeSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { LociError, Memory, type MemoryScope } from "@loci/core";
import { namespaceKey, scopeFilter } from "@loci/core/store";
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
  async race() {
    const identity = { kind: "organization", deployment: "default", orgId: "race", generation: 1 } as const;
    const key = namespaceKey(identity);
    const store = sqlite({ directory });
    const namespace = await store.open({ key });
    const scopeKey = { user: "", agent: "", run: "" };
    const fields = { $createdAt: 1, $validFrom: 1, $validTo: 9e15, $expiresAt: 8.64e15 };
    for await (const line of createInterface({ input: process.stdin })) {
      const [verb, version = "", payload = ""] = line.split(" ");
      if (verb === "delete") {
        const request = { scope: scopeFilter({}, "within"), versions: [{ id: "one", scopeKey, version }] };
        console.log((await namespace.delete(request)) === 1 ? "done" : "conflict");
        continue;
      }
      const expected = version === "absent" ? "absent" : { version };
      const keywords = { own: [payload], before: [], after: [] };
      const record = { id: "one", namespace: key, scopeKey, fields, keywords, payload, expected } as const;
      console.log((await namespace.upsert({ records: [record] })).length === 0 ? "done" : "conflict");
    }
  },
  async "two-hundred-organizations"() {
    const orgIds = Array.from({ length: 200 }, (_, index) => `org-${index}`);
    await Promise.all(orgIds.map((orgId) => memory.add(`text of ${orgId}`, { orgId })));
    const counts = await Promise.all(
      orgIds.map(async (orgId) => (await memory.list({ orgId })).memories.length),
    );
    // Some are left for the rest of the application.
    const open = readdirSync("/proc/self/fd").length;
    console.log(counts.filter((count) => count === 1).length, open < 256 - 40 ? "with room" : open);
  },
  async "few-files-left"() {
    // The application has used up nearly all that the process may open.
    const held: number[] = [];
    const [first, second] = [{ orgId: "first" }, { orgId: "second" }];
    for (const org of [first, second]) await memory.add("one", org);
    await memory.close();
    const late = new Memory({ store: sqlite({ directory, maxOpenFiles: 100 }) });
    await late.list(first);
    try {
      for (;;) held.push(openSync(process.execPath, "r"));
    } catch {
      // There is no other way to know.
    }
    for (const fd of held.splice(0, 2)) closeSync(fd);
    const inTheRoomOfTheFirst = await late.list(second).then(({ memories }) => memories.length, codeOfError);
    await late.close();
    const other = new Memory({ store: sqlite({ directory }) });
    try {
      for (;;) held.push(openSync(process.execPath, "r"));
    } catch {
      // Now none at all is left.
    }
    const none = await other.list(first).then(() => "read", codeOfError);
    for (const fd of held) closeSync(fd);
    console.log(JSON.stringify({ inTheRoomOfTheFirst, none }));
    await other.close();
  },
  async "read-only"() {
    process.setgid?.(65534);
    process.setuid?.(65534);
    const reader = new Memory({ store: sqlite({ directory }) });
    const alice = { ...acme, userId: "alice" };
    const seen = async () => (await reader.search("plan", alice)).map(({ text }) => text);
    const { memories } = await reader.list(alice);
    const chunks: Uint8Array[] = [];
    for await (const chunk of await reader.organization("acme").export()) chunks.push(chunk);
    const answers: Record<string, unknown> = {
      search: await seen(),
      list: memories.length,
      export: Buffer.concat(chunks).toString().includes("the plan"),
    };
    for (const [name, call] of Object.entries({
      add: () => reader.add("two", alice),
      delete: () => reader.delete(memories[0]?.id ?? "", alice),
      newOrganization: () => reader.add("two", { orgId: "new" }),
      offboard: () => reader.organization("acme").offboard(),
    }))
      answers[name] = await call().then(
        () => "done",
        (error: { code?: string; problem?: string }) => `${error.code} ${error.problem}: ${error}`,
      );
    console.log(JSON.stringify(answers));
    // Its owner writes meanwhile.
    for await (const _ of createInterface({ input: process.stdin }))
      console.log(JSON.stringify(await seen()));
  },
  async drop() {
    const identity = { kind: "organization", deployment: "default", orgId: "acme", generation: 1 } as const;
    const store = sqlite({ directory });
    console.log("ready");
    for await (const _ of createInterface({ input: process.stdin })) {
      console.log("begun");
      await store.drop({ key: namespaceKey(identity) });
    }
  },
  read,
  async "read-as-nobody"() {
    process.setgid?.(65534);
    process.setuid?.(65534);
    await read();
  },
  async "erase-on-full-disk"() {
    const texts = ["one", "two", "three"].map((text) => `the secret ${text} ${"long ".repeat(500)}`);
    // A conversation: each message is indexed with those around it, which are written again when it goes.
    for (const userId of ["alice", "bob", "carol"]) await memory.add(texts, { ...acme, userId });
    await memory.close();
    fillDisk();
    // It is started on a full disk: there is no log in which anything has room.
    const late = new Memory({ store: sqlite({ directory }) });
    const [alice, bob, carol] = ["alice", "bob", "carol"].map((userId) =>
      late.scope({ ...acme, userId }),
    ) as [MemoryScope, MemoryScope, MemoryScope];
    const { memories } = await alice.list();
    const answers = {
      list: memories.length,
      search: (await alice.search("secret")).length,
      add: await alice.add(`the secret four ${"long ".repeat(5000)}`).then(() => "added", codeOfError),
      delete: await alice.delete(memories[1]?.id ?? "").then(({ deleted }) => deleted, codeOfError),
      deleteMany: await alice
        .deleteMany(memories.map(({ id }) => id))
        .then(({ deleted }) => deleted, codeOfError),
      deleteAll: await bob.deleteAll().then(({ deleted }) => deleted, codeOfError),
      addAgain: await bob.add(`the secret five ${"long ".repeat(5000)}`).then(() => "added", codeOfError),
      forget: await carol.forget().then(({ memories: count }) => count, codeOfError),
      offboard: await late
        .organization(acme.orgId)
        .offboard()
        .then(() => "receipt", codeOfError),
      left: readdirSync(directory).filter((name) => readFileSync(join(directory, name)).includes("secret")),
    };
    console.log(JSON.stringify(answers));
    await late.close();
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

function codeOfError(error: unknown): string {
  return LociError.isInstance(error) ? `${error.code}: ${error.message}` : String(error);
}

/** Fills the disk to its last byte. */
function fillDisk(): void {
  const file = openSync(join(directory, "ballast"), "w");
  try {
    for (const size of [4096, 512, 1]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size));
      } catch {
        // It is full.
      }
    }
  } finally {
    closeSync(file);
  }
}

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

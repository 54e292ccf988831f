import { createHash } from "node:crypto";
import { type Embedder, inMemory, Memory, type TransferProgress, type VectorStore } from "@loci/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { allStores } from "./stores.ts";

/** What a line of a dump says of a memory, as the documentation of the format has it. */
interface DumpRecord {
  readonly id: string;
  readonly user: string;
  readonly agent: string;
  readonly run: string;
  readonly memory: { readonly revisions: readonly { readonly text: string }[] };
  readonly vector?: string;
}

const alice = { orgId: "acme", userId: "alice" };
const bob = { orgId: "acme", userId: "bob" };
const acme = { orgId: "acme" };

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* chunked(bytes: Uint8Array, size = 777): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const linesOf = (dump: Buffer) => dump.toString().trimEnd().split("\n");
const fromLines = (lines: readonly string[]) => chunked(Buffer.from(`${lines.join("\n")}\n`));

/** Links lines as the documentation of the format says. */
function link(parts: readonly (readonly [part: string, content: unknown])[]): AsyncGenerator<Uint8Array> {
  let last = "";
  return fromLines(
    parts.map(([part, content]) => {
      const json = JSON.stringify(content);
      last = createHash("sha256").update(`${last}\n${part}\n${json}`).digest("base64").slice(0, 43);
      return `{"chain":"${last}","${part}":${json}}`;
    }),
  );
}

async function fill(memory: Memory): Promise<void> {
  await memory.add(
    [
      {
        role: "user",
        name: "Mia",
        content: "Where is the harbour?",
        timestamp: "2026-01-05",
        metadata: { tag: "q" },
      },
      { role: "assistant", content: "Behind the mill.", timestamp: "2026-01-05" },
      { role: "user", name: "Mia", content: "Thanks, I take the zebra boat.", timestamp: "2026-01-06" },
    ],
    alice,
  );
  const { results } = await memory.add("I live in Paris", alice);
  await memory.add("I live in Berlin", { ...alice, supersedes: results[0]?.id ?? "" });
  const { results: edited } = await memory.add("the CRM is Atlas", { ...acme, metadata: { v: 1 } });
  await memory.update(edited[0]?.id ?? "", { text: "the CRM is called Atlas", metadata: { v: 2 } }, acme);
  await memory.add("in my run", { ...alice, agentId: "support", runId: "4711", expiresAt: "2999-01-01" });
  await memory.add("I sell to hospitals", bob);
}

/** Everything that can be seen of an organization, whatever it is called. */
async function observe(memory: Memory, orgId: string, scores = true): Promise<unknown> {
  const scopes = [{ orgId }, { orgId, userId: "alice" }, { orgId, userId: "bob" }];
  const { memories } = await memory.list({ orgId, levels: "within", limit: 1000 });
  const ids = memories.map(({ id }) => id).sort();
  const nameless = (items: readonly { readonly scope: object }[]) =>
    items.map((item) => ({ ...item, scope: { ...item.scope, orgId: undefined } }));
  return {
    memories: nameless(memories).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    histories: await Promise.all(ids.map((id) => memory.history(id, { orgId, userId: "alice" }))),
    past: nameless((await memory.list({ orgId, userId: "alice", asOf: new Date() })).memories).length,
    searches: await Promise.all(
      scopes.map(async (scope) => {
        const found = await memory.search("harbour zebra mill Berlin Atlas", { ...scope, explain: true });
        return found.map(({ text, score, explanation }) => [
          text,
          ...(scores ? [score.toFixed(4), explanation?.keyword?.score.toFixed(4)] : []),
          explanation?.similarity?.toFixed(4),
        ]);
      }),
    ),
  };
}

describe.each(allStores)("export and import on $name", { timeout: 300_000 }, ({ make, name }) => {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();
  /** Elasticsearch counts replaced records among its words until it merges its segments. */
  const see = (memory: Memory, orgId: string) => observe(memory, orgId, name !== "elasticsearch");
  /** Another store to import into: on a server, there is one at a time. */
  const other = () => new Memory({ store: inMemory(), embedder });

  it("bring an organization back as it was, on the same store and on another", async () => {
    const memory = new Memory({ store: make(), embedder });
    await fill(memory);
    await memory.add("a neighbour's", { orgId: "rival" });
    const before = await see(memory, "acme");
    const progress: TransferProgress[] = [];
    const dump = await bytesOf(
      await memory.organization(acme.orgId).export({ onProgress: (step) => progress.push(step) }),
    );
    expect(progress.at(-1)).toEqual({ done: 8, total: 8 });
    expect(dump.toString()).not.toContain("neighbour");
    const copied = await memory.organization("copy").import(chunked(dump), { from: acme.orgId });
    expect(copied).toEqual({
      imported: 8,
      unchanged: 0,
      kept: 0,
      expired: 0,
      vectors: embedder ? "kept" : "none",
    });
    expect(await see(memory, "copy")).toEqual(before);
    expect(await see(memory, "acme")).toEqual(before);
    const elsewhere = other();
    expect((await elsewhere.organization(acme.orgId).import(chunked(dump, 1))).imported).toBe(8);
    if (name === "in-memory") expect(await see(elsewhere, "acme")).toEqual(before);
    // Again is the same, and changes nothing.
    expect(await elsewhere.organization(acme.orgId).import(chunked(dump))).toMatchObject({
      imported: 0,
      unchanged: 8,
    });
    expect((await memory.organizations()).organizations.map(({ orgId }) => orgId).sort()).toEqual([
      "acme",
      "copy",
      "rival",
    ]);
  });

  it("give one person everything at their scope and below it, and nothing else", async () => {
    const memory = new Memory({ store: make(), embedder });
    await fill(memory);
    const dump = await bytesOf(await memory.scope(alice).export());
    const records = linesOf(dump)
      .map((line) => JSON.parse(line))
      .flatMap(({ record }): DumpRecord[] => (record ? [record] : []));
    expect(records.map(({ memory }) => memory.revisions.at(-1)?.text).sort()).toEqual([
      "Behind the mill.",
      "I live in Berlin",
      "I live in Paris",
      "Thanks, I take the zebra boat.",
      "Where is the harbour?",
      "in my run",
    ]);
    expect(JSON.parse(linesOf(dump)[0] ?? "").header).toMatchObject({
      kind: "scope",
      orgId: "acme",
      scope: { userId: "alice" },
    });
    expect(
      linesOf(await bytesOf(await memory.scope({ orgId: "acme", userId: "nobody" }).export())),
    ).toHaveLength(2);
    expect(linesOf(await bytesOf(await memory.scope({ orgId: "nobody" }).export()))).toHaveLength(2);
    await expect(
      memory.organization("copy").import(chunked(dump), { from: acme.orgId }),
    ).rejects.toMatchObject({
      code: "INVALID_DUMP",
      line: 1,
    });
  });

  it("show nothing of an import that was interrupted, and go on where it stopped", async () => {
    const memory = new Memory({ store: make(), embedder });
    await fill(memory);
    const dump = await bytesOf(await memory.organization(acme.orgId).export());
    const lines = linesOf(dump);
    const copy = memory.organization("copy");
    const from = acme.orgId;
    for (let kept = 1; kept < lines.length; kept += 3) {
      await expect(copy.import(fromLines(lines.slice(0, kept)), { from })).rejects.toMatchObject({
        code: "INVALID_DUMP",
        message: expect.stringContaining("the dump was truncated"),
      });
      for (const call of [
        () => memory.list({ orgId: "copy" }),
        () => memory.add("too early", { orgId: "copy" }),
        () => memory.organization("copy").onboard(),
        () => memory.organization("copy").export(),
      ])
        await expect(call()).rejects.toMatchObject({ code: "ORGANIZATION_BUSY", orgId: "copy" });
    }
    expect((await memory.organizations()).organizations.map(({ orgId }) => orgId)).toEqual(["acme"]);
    await copy.import(chunked(dump), { from });
    expect(await see(memory, "copy")).toEqual(await see(memory, "acme"));

    // Another dump does not go on where the first one stopped: nothing of that is left.
    await expect(
      memory.organization("third").import(fromLines(lines.slice(0, -1)), { from: acme.orgId }),
    ).rejects.toThrow("truncated");
    await memory.deleteAll(alice);
    const later = await bytesOf(await memory.organization(acme.orgId).export());
    await memory.organization("third").import(chunked(later), { from: acme.orgId });
    expect((await memory.list({ orgId: "third", levels: "within" })).memories).toHaveLength(2);

    await expect(
      memory.organization("fourth").import(fromLines(lines.slice(0, -1)), { from: acme.orgId }),
    ).rejects.toThrow("truncated");
    await memory.organization("fourth").offboard();
    await expect(
      memory.organization("fourth").import(chunked(dump), { from: acme.orgId }),
    ).rejects.toMatchObject({
      code: "ORGANIZATION_GONE",
    });
    await memory.organization("fourth").onboard();
    expect((await memory.list({ orgId: "fourth", levels: "within" })).memories).toEqual([]);
  });

  it("never overwrite unasked", async () => {
    const memory = new Memory({ store: make(), embedder });
    await fill(memory);
    const dump = await bytesOf(await memory.organization(acme.orgId).export());
    const [berlin] = await memory.search("Berlin", alice);
    await memory.update(berlin?.id ?? "", { text: "I live in Bern" }, alice);
    await memory.add("new since then", alice);
    await expect(memory.organization(acme.orgId).import(chunked(dump))).rejects.toMatchObject({
      code: "IMPORT_CONFLICT",
      ids: [berlin?.id],
    });
    expect(await memory.organization(acme.orgId).import(chunked(dump), { conflicts: "keep" })).toMatchObject({
      imported: 0,
      unchanged: 7,
      kept: 1,
    });
    expect((await memory.get(berlin?.id ?? "", alice))?.text).toBe("I live in Bern");
    expect(
      await memory.organization(acme.orgId).import(chunked(dump), { conflicts: "overwrite" }),
    ).toMatchObject({
      imported: 1,
      unchanged: 7,
    });
    expect((await memory.get(berlin?.id ?? "", alice))?.text).toBe("I live in Berlin");
    expect((await memory.search("new since then", alice))[0]?.text).toBe("new since then");
  });
});

describe("a dump", () => {
  const memory = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
  const exported = (async () => {
    await fill(memory);
    return bytesOf(await memory.organization(acme.orgId).export());
  })();
  const importing = (source: AsyncIterable<Uint8Array>, embedder: Embedder | null = fakeLetterEmbedder()) => {
    const target = new Memory({ store: inMemory(), embedder });
    return { target, done: target.organization(acme.orgId).import(source) };
  };

  it("belongs to its organization, unless another one is named", async () => {
    const target = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
    for (const [orgId, options] of [
      ["rival", {}],
      ["acme", { from: "rival" }],
      ["Acme", {}],
    ] as const)
      await expect(target.organization(orgId).import(chunked(await exported), options)).rejects.toMatchObject(
        {
          code: "INVALID_DUMP",
          message: expect.stringContaining("another organization"),
        },
      );
    expect((await target.organizations()).organizations).toEqual([]);
    for (const wrong of [{ from: "*" }, { from: "" }, { from: 5 }, { userId: "alice" }, { as: "copy" }])
      await expect(
        target.organization("acme").import(chunked(await exported), wrong as never),
      ).rejects.toMatchObject({ code: expect.stringMatching(/^INVALID_(SCOPE|INPUT)$/) });
  });

  it("can be compressed", async () => {
    const plain = await exported;
    const small = await bytesOf(await memory.organization(acme.orgId).export({ gzip: true }));
    expect(small.length).toBeLessThan(plain.length / 2);
    expect((await importing(chunked(small)).done).imported).toBe(8);
    await expect(importing(chunked(small.subarray(0, small.length / 2))).done).rejects.toMatchObject({
      code: "INVALID_DUMP",
    });
    const stream = new Blob([new Uint8Array(small)]).stream();
    const target = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
    expect((await target.organization(acme.orgId).import(stream)).imported).toBe(8);
  });

  it("is refused when anything in it was changed", async () => {
    const lines = linesOf(await exported);
    const damages: Record<string, readonly string[]> = {
      "a line changed": lines.with(2, lines[2]?.replace('"text":"', '"text":"not ') ?? ""),
      "a line left out": lines.toSpliced(2, 1),
      "a line repeated": lines.toSpliced(2, 0, lines[2] ?? ""),
      "two lines exchanged": lines.with(2, lines[3] ?? "").with(3, lines[2] ?? ""),
      "the header changed": lines.with(0, lines[0]?.replace('"acme"', '"rival"') ?? ""),
      "the footer left out": lines.slice(0, -1),
      "something after the footer": [...lines, lines[1] ?? ""],
      "formatted anew": lines.map((line) => JSON.stringify(JSON.parse(line), null, 1).replaceAll("\n", "")),
      "no dump": ["{}"],
      "no JSON": ["hello"],
      nothing: [],
    };
    for (const [what, damaged] of Object.entries(damages)) {
      const { target, done } = importing(fromLines(damaged));
      await expect(done, what).rejects.toMatchObject({ code: "INVALID_DUMP" });
      expect((await target.organizations()).organizations, what).toEqual([]);
    }
  });

  it("gives nothing but its own content, whichever byte is broken", async () => {
    const dump = await exported;
    await fc.assert(
      fc.asyncProperty(fc.nat(dump.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const damaged = new Uint8Array(dump);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const { target, done } = importing(chunked(damaged));
        const outcome = await done.then(
          () => "imported",
          ({ code }) => code,
        );
        // A line break may turn into another white space or into none before the end.
        if (outcome === "imported")
          expect(await observe(target, "acme")).toEqual(await observe(memory, "acme"));
        else expect(outcome).toBe("INVALID_DUMP");
      }),
      { numRuns: 200 },
    );
  });

  it("is data from outside, even when its lines are linked as they should be", async () => {
    const [header, ...rest] = linesOf(await exported).map((line) => JSON.parse(line));
    const record = rest[0].record as DumpRecord;
    const forged: Record<string, unknown> = {
      "a wildcard for a user": { ...record, user: "*" },
      "a user with a control character": { ...record, user: "a\u0000b" },
      "a number for a user": { ...record, user: 7 },
      "no id": { ...record, id: "" },
      "no memory": { ...record, memory: null },
      "another version": { ...record, memory: { ...record.memory, version: 2 } },
      "no history": { ...record, memory: { ...record.memory, revisions: [] } },
      "no text": {
        ...record,
        memory: { ...record.memory, revisions: [{ ...record.memory.revisions[0], text: " " }] },
      },
      "reserved metadata": {
        ...record,
        memory: {
          ...record.memory,
          revisions: [{ ...record.memory.revisions[0], metadata: { $validTo: 0 } }],
        },
      },
      "no time": { ...record, memory: { ...record.memory, createdAt: "yesterday" } },
      "a broken vector": { ...record, vector: "AAA" },
    };
    for (const [what, content] of Object.entries(forged)) {
      const { done } = importing(
        link([
          ["header", header.header],
          ["record", content],
          ["footer", { records: 1 }],
        ]),
      );
      await expect(done, what).rejects.toMatchObject({ code: "INVALID_DUMP", line: 2 });
    }
    const right = importing(
      link([
        ["header", header.header],
        ["record", record],
        ["footer", { records: 1 }],
      ]),
    );
    expect((await right.done).imported).toBe(1);
  });

  it("has its vectors made anew for another embedder, and only then", async () => {
    let texts = 0;
    const counting = (id: string): Embedder => {
      const letters = fakeLetterEmbedder({ id });
      return {
        ...letters,
        embed: (given, options) => {
          texts += given.length;
          return letters.embed(given, options);
        },
      };
    };
    expect(await importing(chunked(await exported), counting("fake-letters")).done).toMatchObject({
      vectors: "kept",
    });
    expect(texts).toBe(0);
    const { target, done } = importing(chunked(await exported), counting("another"));
    expect(await done).toMatchObject({ imported: 8, vectors: "made anew" });
    expect(texts).toBe(8);
    expect((await target.search("zebra boat", alice))[0]?.text).toContain("zebra");
    const words = importing(chunked(await exported), null);
    expect(await words.done).toMatchObject({ imported: 8, vectors: "none" });
    const bare = await bytesOf(await memory.organization(acme.orgId).export({ vectors: false }));
    expect(await importing(chunked(bare), counting("fake-letters")).done).toMatchObject({
      vectors: "made anew",
    });
  });

  it("keeps the context of messages, however they are spread over its lines", async () => {
    const source = new Memory({ store: inMemory() });
    const messages = Array.from({ length: 2300 }, (_, index) => ({
      role: "user" as const,
      content: `message ${index} ${index === 1200 ? "zebra" : "horse"}`,
    }));
    await source.add(messages, alice);
    const dump = await bytesOf(await source.organization(acme.orgId).export());
    const target = new Memory({ store: inMemory() });
    await target.organization(acme.orgId).import(chunked(dump, 65_536));
    const found = (memory: Memory) => memory.search("zebra", { ...alice, limit: 3 });
    expect((await found(source)).map(({ text }) => text)).toContain("message 1201 horse");
    expect(await found(target)).toEqual(await found(source));
  });

  it("is read as fast as it is taken, a page at a time", async () => {
    const store = inMemory();
    let pages = 0;
    const counting: VectorStore = {
      ...store,
      async open(request) {
        const namespace = await store.open(request);
        return {
          manifest: namespace.manifest,
          upsert: (request) => namespace.upsert(request),
          search: (query) => namespace.search(query),
          get: (request) => namespace.get(request),
          delete: (request) => namespace.delete(request),
          count: (request) => namespace.count(request),
          list: (query) => {
            pages += 1;
            return namespace.list(query);
          },
        };
      },
    };
    const source = new Memory({ store: counting });
    await source.add(
      Array.from({ length: 3000 }, (_, index) => `memory ${index}`),
      acme,
    );
    pages = 0;
    const reader = (await source.organization(acme.orgId).export()).getReader();
    await reader.read();
    await reader.read();
    expect(pages).toBeLessThanOrEqual(3);
    await reader.cancel();
    expect(pages).toBeLessThanOrEqual(3);
    const controller = new AbortController();
    const aborted = (await source.organization(acme.orgId).export({ signal: controller.signal })).getReader();
    await aborted.read();
    controller.abort(new Error("enough"));
    await expect(
      (async () => {
        while (!(await aborted.read()).done);
      })(),
    ).rejects.toThrow("enough");
  });

  it("is not made of an organization that is not there", async () => {
    await expect(memory.organization("nobody").export()).rejects.toMatchObject({
      code: "ORGANIZATION_NOT_FOUND",
    });
    for (const options of [
      { gzip: 1 },
      { vectors: "no" },
      { onProgress: "x" },
      { userId: "alice" },
      { limit: 3 },
    ])
      await expect(memory.organization(acme.orgId).export({ ...(options as object) })).rejects.toMatchObject({
        code: expect.stringMatching(/^INVALID_(SCOPE|INPUT)$/),
      });
    const single = new Memory({ store: inMemory(), tenancy: "single" });
    await single.add("mine");
    const dump = await bytesOf(await single.organization().export());
    const target = new Memory({ store: inMemory(), tenancy: "single" });
    await target.organization().import(chunked(dump));
    expect((await target.list()).memories.map(({ text }) => text)).toEqual(["mine"]);
    await expect(memory.organization(acme.orgId).import(chunked(dump))).rejects.toMatchObject({
      code: "INVALID_DUMP",
    });
  });
});

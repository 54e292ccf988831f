import { type AuditEvent, inMemory, Memory, type VectorStore } from "@loci/core";
import { describe, expect, it } from "vitest";
import { bytesOf, chunked, type DumpRecord, linesOf } from "./dump-lines.ts";
import { acme, alice, fill, fillAndExport, importing } from "./exported-organization.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { engineStores } from "./stores.ts";

describe.each(engineStores)("export and import on $name", { timeout: 300_000 }, ({ make, name }) => {
  const embedder = name === "in-memory" ? null : fakeLetterEmbedder();

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
});

describe("a dump", () => {
  const memory = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
  const exported = fillAndExport(memory);

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

  for (const gzip of [false, true])
    it(`ends its reads when its reader cancels or its signal aborts${gzip ? ", compressed" : ""}`, async () => {
      const store = inMemory();
      const reads: { pages: number; running: AbortSignal | undefined; hangs: boolean } = {
        pages: 0,
        running: undefined,
        hangs: false,
      };
      const hanging: VectorStore = {
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
            list: async (query) => {
              reads.pages += 1;
              reads.running = query.signal;
              if (reads.hangs)
                await new Promise((_, reject) => query.signal?.addEventListener("abort", reject));
              return namespace.list(query);
            },
          };
        },
      };
      const source = new Memory({ store: hanging });
      await source.add(
        Array.from({ length: 2000 }, (_, index) => `memory ${index} ${crypto.randomUUID().repeat(200)}`),
        acme,
      );
      const events: AuditEvent[] = [];
      source.subscribe((event) => events.push(event));
      const begin = async (signal?: AbortSignal) => {
        reads.hangs = false;
        events.length = 0;
        const stream = await source.organization(acme.orgId).export({ gzip, ...(signal ? { signal } : {}) });
        const reader = stream.getReader();
        await reader.read();
        return reader;
      };
      /** Lets what is on its way arrive. */
      const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

      // Canceled while a page is being read.
      const hung = await begin();
      reads.hangs = true;
      const read = (async () => {
        while (!(await hung.read()).done);
      })().catch(() => {});
      await settle();
      const before = reads.pages;
      await hung.cancel("enough");
      await read;
      await settle();
      expect(reads.running?.aborted).toBe(true);
      expect(reads.pages).toBe(before);
      expect(events.map(({ operation, outcome }) => [operation, outcome])).toEqual([["export", "aborted"]]);

      // Aborted while a page is being read.
      const controller = new AbortController();
      const aborted = await begin(controller.signal);
      reads.hangs = true;
      const failing = (async () => {
        while (!(await aborted.read()).done);
      })();
      const outcome = expect(failing).rejects.toThrow("enough");
      await settle();
      controller.abort(new DOMException("enough", "AbortError"));
      await outcome;
      expect(reads.running?.aborted).toBe(true);
      expect(events.map(({ outcome }) => outcome)).toEqual(["aborted"]);

      // Aborted while nobody reads.
      const other = new AbortController();
      const idle = await begin(other.signal);
      await settle();
      const until = reads.pages;
      other.abort(new DOMException("enough", "AbortError"));
      await settle();
      expect(events.map(({ outcome }) => outcome)).toEqual(["aborted"]);
      await expect(
        (async () => {
          while (!(await idle.read()).done);
        })(),
      ).rejects.toThrow("enough");
      expect(reads.pages).toBe(until);

      // A signal that aborts after the end changes nothing.
      const late = new AbortController();
      const whole = await begin(late.signal);
      while (!(await whole.read()).done);
      late.abort();
      await settle();
      expect(events.map(({ outcome, counts }) => [outcome, counts])).toEqual([
        ["succeeded", { exported: 2000 }],
      ]);
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

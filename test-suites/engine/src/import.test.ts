import { type Embedder, inMemory, Memory, type TransferProgress } from "@loci/core";
import { describe, expect, it } from "vitest";
import { bytesOf, chunked, type DumpRecord, fromLines, linesOf, link } from "./dump-lines.ts";
import { acme, alice, fill, fillAndExport, importing, observe } from "./exported-organization.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { engineStores } from "./stores.ts";

describe.each(engineStores)("export and import on $name", { timeout: 300_000 }, ({ make, name }) => {
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

  it("take no vector that the embedder could not have made", async () => {
    const letters = fakeLetterEmbedder();
    const memory = new Memory({ store: make(), embedder: letters });
    await fill(memory);
    const before = await see(memory, "acme");
    const dump = await bytesOf(await memory.organization(acme.orgId).export());
    const [{ header }, ...rest] = linesOf(dump).map((line) => JSON.parse(line)) as [
      { header: { embedder: object } },
      ...{ record: DumpRecord }[],
    ];
    const record = rest[0]?.record as DumpRecord;
    const withVector = (numbers: readonly number[], embedder: object | null = header.embedder) =>
      link([
        ["header", { ...header, embedder }],
        ["record", { ...record, vector: Buffer.from(Float32Array.from(numbers).buffer).toString("base64") }],
        ["footer", { records: 1 }],
      ]);
    const ones = Array<number>(26).fill(1);
    const wrong: readonly (readonly [source: AsyncIterable<Uint8Array>, message: string])[] = [
      [withVector(ones.slice(1)), "a vector of 25 numbers, not of the 26 that are declared"],
      [withVector([...ones, 1]), "a vector of 27 numbers, not of the 26 that are declared"],
      [withVector(ones.with(3, Number.NaN)), "a vector that has a NaN or an infinite number"],
      [withVector(ones.with(3, Number.POSITIVE_INFINITY)), "a vector that has a NaN or an infinite number"],
      [withVector(ones.map(() => 0)), "a zero vector, which has no direction"],
      [withVector(ones, null), "the header names no embedder"],
    ];
    for (const [source, message] of wrong)
      await expect(
        memory.organization(acme.orgId).import(source, { conflicts: "overwrite" }),
      ).rejects.toMatchObject({
        code: "INVALID_DUMP",
        line: 2,
        message: `Line 2 of the dump has an invalid vector: ${message}.`,
      });
    expect(await see(memory, "acme")).toEqual(before);
    // One of another length points somewhere: it is stored with length 1, as an embedded one is.
    const copy = memory.organization("copy");
    const [text = ""] = record.memory.revisions.map((revision) => revision.text);
    const [embedded = new Float32Array()] = await letters.embed([text], { purpose: "document" });
    await copy.import(withVector([...embedded].map((value) => 7 * value)), { from: acme.orgId });
    const scope = { orgId: "copy", ...(record.user ? { userId: record.user } : {}) };
    const [found] = await memory.search(text, { ...scope, explain: true });
    expect(found?.explanation?.similarity).toBeCloseTo(1, 4);
  });
});

describe("a dump", () => {
  const memory = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
  const exported = fillAndExport(memory);

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
});

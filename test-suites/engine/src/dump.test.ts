import { inMemory, Memory } from "@loci/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunked, type DumpRecord, fromLines, linesOf, link } from "./dump-lines.ts";
import { fillAndExport, importing, observe } from "./exported-organization.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";

describe("a dump", () => {
  const memory = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
  const exported = fillAndExport(memory);

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
});

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

  it("names the line, and says what is wrong with it", async () => {
    const [header, ...rest] = linesOf(await exported).map((line) => JSON.parse(line));
    const record = rest[0].record as DumpRecord;
    const revision = record.memory.revisions[0];
    const memory = (changes: object) => ({ ...record, memory: { ...record.memory, ...changes } });
    const revised = (changes: object) => memory({ revisions: [{ ...revision, ...changes }] });
    const headers: readonly (readonly [changes: object | null, message: string])[] = [
      [null, "is not a Loci dump header"],
      [{ loci: null }, "is not a Loci dump header"],
      [{ version: 3 }, "has version 3; this version of Loci reads versions 1 and 2"],
      [{ version: { toString: null } }, "has version an object"],
      [{ kind: "all" }, "does not say what it contains"],
      [{ orgId: undefined }, "does not name its organization"],
      [{ orgId: { length: 1 } }, "does not name its organization: orgId must be a string, not an object"],
      [{ scope: null }, "has a scope that must be an object, not null"],
      [{ scope: { userId: "alice" } }, "has a scope that must be empty"],
      [{ kind: "scope", scope: { userId: "*" } }, "is not a valid header: userId is"],
      [{ embedder: "letters" }, "does not name the embedder of its vectors: it must be an object"],
      [{ embedder: { id: "a", dimensions: 1.5 } }, "it has no dimensions, a whole number from 1"],
      [{ embedder: { id: "", dimensions: 26 } }, "it has no id"],
      [{ embedder: { id: "a", dimensions: 26, details: { a: {} } } }, "it has details that are not strings"],
      [{ exportedAt: 5 }, "does not say when it was exported"],
      [
        { exportedAt: "2026-02-30" },
        "does not say when it was exported: exportedAt is no day of the calendar",
      ],
      [{ other: 1 }, 'has the unknown key "other"'],
    ];
    for (const [changes, message] of headers)
      await expect(
        importing(link([["header", changes && { ...header.header, ...changes }]])).done,
        message,
      ).rejects.toMatchObject({
        code: "INVALID_DUMP",
        line: 1,
        message: expect.stringContaining(message),
      });
    const records: readonly (readonly [content: unknown, message: string])[] = [
      [null, "record must be an object with id, user, agent, run, memory, vector, not null"],
      [[record], "not an array"],
      [{ ...record, other: 1 }, 'record has the unknown key "other"'],
      [{ ...record, id: 7 }, "id must be a string, not a number"],
      [{ ...record, user: null }, "has user null; a shared level is the empty string"],
      [{ ...record, run: undefined }, "has run undefined"],
      [{ ...record, agent: "a".repeat(257) }, "agentId is longer than 256 UTF-8 bytes"],
      [{ ...record, memory: [] }, "memory must be an object, not an array"],
      [memory({ version: "1" }), "memory.version must be 1, not a string"],
      [memory({ version: undefined }), "memory.version is missing"],
      [memory({ createdAt: 1e300 }), "memory.createdAt must be a whole number of milliseconds from 0"],
      [memory({ createdAt: -1 }), "memory.createdAt must be a whole number of milliseconds from 0"],
      [memory({ validFrom: 0.5 }), "memory.validFrom must be a whole number of milliseconds"],
      [memory({ validFrom: undefined }), "memory.validFrom is missing"],
      [memory({ validTo: null }), "memory.validTo must be milliseconds since 1970, not null"],
      [memory({ expiresAt: "2999" }), "memory.expiresAt must be milliseconds since 1970, not a string"],
      [memory({ pending: false }), "memory.pending must be true, or left out"],
      [memory({ role: "robot" }), 'memory.role must be "user", "assistant", "system" or "tool"'],
      [memory({ name: {} }), "memory.name must be a string, not an object"],
      [memory({ next: "" }), "memory.next is empty"],
      [memory({ supersedes: ["a"] }), "memory.supersedes must be a string, not an array"],
      [memory({ shown: true }), 'memory has the unknown key "shown"'],
      [memory({ revisions: undefined }), "memory.revisions is missing"],
      [memory({ revisions: { length: 1 } }), "memory.revisions must be a list of at least one revision"],
      [memory({ revisions: [revision, null] }), "memory.revisions[1] must be an object, not null"],
      [revised({ at: 1e300 }), "memory.revisions[0].at must be a whole number"],
      [revised({ event: "made" }), "memory.revisions[0].event must be"],
      [revised({ text: null }), "memory.revisions[0].text must be a string"],
      [revised({ metadata: null }), "memory.revisions[0].metadata must be an object"],
      [revised({ metadata: { $now: 1 } }), 'memory.revisions[0].metadata has a key that starts with "$"'],
      [revised({ by: "me" }), 'memory.revisions[0] has the unknown key "by"'],
      [{ ...record, vector: [1, 2] }, "has an invalid vector"],
    ];
    for (const [content, message] of records)
      await expect(
        importing(
          link([
            ["header", header.header],
            ["record", content],
            ["footer", { records: 1 }],
          ]),
        ).done,
        message,
      ).rejects.toMatchObject({
        code: "INVALID_DUMP",
        line: 2,
        message: expect.stringContaining(message),
      });
    const ends: readonly (readonly [part: string, content: unknown, message: string])[] = [
      ["footer", null, "is not a valid end of a dump"],
      ["footer", {}, "must count its memories, not say undefined"],
      ["footer", { records: "1" }, "must count its memories, not say a string"],
      ["footer", { records: 2 }, "counts 2 memories, but there were 1"],
      ["header", header.header, "is a second header"],
      ["record", record, "repeats the memory of an earlier line"],
    ];
    for (const [part, content, message] of ends)
      await expect(
        importing(
          link([
            ["header", header.header],
            ["record", record],
            [part, content],
          ]),
        ).done,
        message,
      ).rejects.toMatchObject({
        code: "INVALID_DUMP",
        line: 3,
        message: expect.stringContaining(message),
      });
  });
});

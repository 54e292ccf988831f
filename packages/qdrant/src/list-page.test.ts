import type { ListedRecord, NamespaceKey } from "@loci/core/store";
import { expect, it } from "vitest";
import { listPage } from "./list-page.ts";

const recordAt = (createdAt: number, tie: string): ListedRecord => ({
  record: {
    id: tie,
    namespace: "m1_x" as NamespaceKey,
    scopeKey: { user: "", agent: "", run: "" },
    fields: { $createdAt: createdAt, $validFrom: 0, $validTo: 0, $expiresAt: 0 },
    payload: "",
    version: tie,
  },
  tie,
});

it.each([1, 2, 3, 7])(
  "lists each record once in pages of %i where processes gave the same places",
  async (limit) => {
    // As two processes give them that write at the same moment.
    const ties = Array.from({ length: 30 }, (_, at) => `${100 + Math.floor(at / 4)} id-${at % 4}`);
    const stored = [recordAt(2, "200 newer"), ...ties.map((tie) => recordAt(1, tie)), recordAt(0, "1 older")];
    const bounds = (more: readonly unknown[], key: string) =>
      (more as { key: string; range: { gte?: number; lte?: number; lt?: number } }[]).find(
        (one) => one.key === key,
      )?.range ?? {};
    const pages: string[] = [];
    for (let after: { createdAt: number; tie: string } | undefined; ; ) {
      const page = await listPage({ limit, after }, async (key, most, ...more) => {
        const placeOf = (one: ListedRecord, of = key) =>
          of === "place" ? Number.parseInt(String(one.tie), 10) : one.record.fields.$createdAt;
        const isInside = (one: ListedRecord, of: typeof key) => {
          const { gte = -1, lte = 1e9, lt = 1e9 } = bounds(more, of);
          return placeOf(one, of) >= gte && placeOf(one, of) <= lte && placeOf(one, of) < lt;
        };
        // Among equals Qdrant returns any: here the one that a page must not end with.
        return stored
          .filter((one) => isInside(one, "created_at") && isInside(one, "place"))
          .sort((a, b) => placeOf(b) - placeOf(a) || (String(a.tie) < String(b.tie) ? 1 : -1))
          .slice(0, most);
      });
      pages.push(...page.map(({ tie }) => String(tie)));
      const last = page.at(-1);
      if (!last || page.length < limit) break;
      after = { createdAt: last.record.fields.$createdAt, tie: String(last.tie) };
    }
    expect(pages).toHaveLength(stored.length);
    expect(new Set(pages).size).toBe(stored.length);
    expect([pages[0], pages.at(-1)]).toEqual(["200 newer", "1 older"]);
  },
);

it("finds a record that gets another moment while a page is read that is not full", async () => {
  const before = [recordAt(2, "200 newer"), recordAt(1, "101 moved"), recordAt(1, "100 older")];
  let reads = 0;
  const page = await listPage({ limit: 4, after: undefined }, async () => {
    reads += 1;
    // Whoever asks again, for what is of the last moment, finds one that is no more of it.
    return reads === 1 ? before : [recordAt(1, "100 older")];
  });
  expect(page.map(({ tie }) => tie)).toEqual(["200 newer", "101 moved", "100 older"]);
  expect(reads).toBe(1);
});

it("shows those of one moment in their order where a page is not full", async () => {
  const equals = ["100 b", "102 a", "100 a", "101 a"].map((tie) => recordAt(1, tie));
  const page = await listPage({ limit: 9, after: undefined }, async () => equals);
  expect(page.map(({ tie }) => tie)).toEqual(["102 a", "101 a", "100 a", "100 b"]);
});

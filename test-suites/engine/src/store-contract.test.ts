import { chosenEffort } from "@loci/backends";
import { inMemory } from "@loci/core";
import {
  type Fields,
  type Filter,
  type Namespace,
  namespaceKey,
  noExpiry,
  parseFilter,
  type RecordContent,
  type ScopeFilter,
  type StoredRecord,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { filter, key, manifest, normalize, otherKey, reach, record } from "./arbitrary-records.ts";
import { allStores } from "./stores.ts";

// The bare stores, without the checks of core in front of them, beside the reference.

const name = ({ id, scopeKey: at }: RecordContent) => JSON.stringify([id, at.user, at.agent, at.run]);
const plain = ({ vector, version: _, ...rest }: StoredRecord) => ({
  // Each store has versions of its own.
  ...rest,
  // Some backends normalize once more.
  ...(vector ? { vector: [...vector].map((value) => Math.round(value * 1e5) / 1e5 + 0) } : {}),
});

async function everyPage(
  namespace: Namespace,
  scope: ScopeFilter,
  given: Filter | undefined,
): Promise<StoredRecord[]> {
  const all: StoredRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await namespace.list({
      scope,
      limit: 3,
      vectors: true,
      ...(given ? { filter: given } : {}),
      ...(cursor ? { cursor } : {}),
    });
    all.push(...page.records);
    cursor = page.cursor;
  } while (cursor);
  return all;
}

const everything = scopeFilter({}, "within");
const others = allStores.filter(({ name: store }) => store !== "in-memory");

describe.each(others)("the $name store", { timeout: 300_000 }, ({ make, share }) => {
  it("does what the in-memory store does", async () => {
    const step = fc.oneof(
      {
        weight: 3,
        arbitrary: fc.record({
          upsert: fc.array(record, { minLength: 1, maxLength: 6 }),
          expects: fc.constantFrom("anything", "absent", "what was read"),
        }),
      },
      fc.record({ removeRead: reach, scope: reach }),
      fc.record({
        remove: fc.array(fc.constantFrom("one", "two", "three"), { minLength: 1 }),
        scope: reach,
      }),
      fc.record({ removeWhere: filter, scope: reach }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 8 }),
        fc.array(fc.tuple(reach, filter), { minLength: 3, maxLength: 3 }),
        async (steps, questions) => {
          const [tested, reference] = [make(), inMemory()];
          const pair = await Promise.all(
            [tested, reference].map((store) => store.open({ key, create: manifest })),
          );
          const [ours, theirs] = pair as [Namespace, Namespace];
          const neighbour = await tested.open({ key: otherKey, create: { ...manifest, orgId: "rival" } });
          const [first] = fc.sample(record, { numRuns: 1, seed: 1 }) as [VectorRecord];
          await neighbour.upsert({ records: [{ ...first, namespace: otherKey }] });
          for (const given of steps) {
            if ("upsert" in given) {
              const conflicts = await Promise.all(
                pair.map(async (namespace) => {
                  const read = await everyPage(namespace, everything, undefined);
                  const records = given.upsert.map((one): VectorRecord => {
                    const known = read.find((other) => name(other) === name(one));
                    if (given.expects === "anything") return one;
                    if (given.expects === "absent" || !known) return { ...one, expected: "absent" };
                    return { ...one, expected: { version: known.version } };
                  });
                  return (await namespace.upsert({ records })).map(name);
                }),
              );
              expect(conflicts[0]).toEqual(conflicts[1]);
            } else if ("removeRead" in given) {
              const [a, b] = await Promise.all(
                pair.map(async (namespace) => {
                  const versions = await everyPage(namespace, given.removeRead, undefined);
                  return namespace.delete({ versions, scope: given.scope });
                }),
              );
              expect(a).toBe(b);
            } else {
              const target =
                "remove" in given
                  ? { ids: given.remove }
                  : given.removeWhere
                    ? { filter: given.removeWhere }
                    : {};
              const [a, b] = await Promise.all(
                pair.map((namespace) => namespace.delete({ ...target, scope: given.scope })),
              );
              expect(a).toBe(b);
            }
          }
          for (const [scope, narrowed] of questions) {
            const query = { scope, ...(narrowed ? { filter: narrowed } : {}) };
            const [listed, expected] = [
              await everyPage(ours, scope, narrowed),
              await everyPage(theirs, scope, narrowed),
            ];
            // What was created at one moment may come in any fixed order.
            const inTime = (records: readonly StoredRecord[]) =>
              records.map(({ fields }) => fields.$createdAt);
            expect(inTime(listed)).toEqual(inTime(expected));
            const byName = (a: StoredRecord, b: StoredRecord) => (name(a) < name(b) ? -1 : 1);
            const comparable = (records: readonly StoredRecord[]) => [...records].sort(byName).map(plain);
            expect(comparable(listed)).toEqual(comparable(expected));
            expect(await ours.count({ scope, ...(narrowed ? { filter: narrowed } : {}) })).toBe(
              expected.length,
            );
            const ids = ["one", "ONE", "missing"];
            const got = (records: readonly StoredRecord[]) => records.map(name).sort();
            expect(got(await ours.get({ ids, scope }))).toEqual(got(await theirs.get({ ids, scope })));

            const vector = normalize([1, 2, -1, 0.5]);
            const near = await ours.search({ ...query, vector, limit: 100 });
            const reallyNear = await theirs.search({ ...query, vector, limit: 100 });
            expect(near.map(({ record: found }) => name(found)).sort()).toEqual(
              reallyNear.map(({ record: found }) => name(found)).sort(),
            );
            for (const [index, { score }] of near.entries())
              expect(score).toBeCloseTo(reallyNear[index]?.score ?? Number.NaN, 4);
            expect(await ours.search({ ...query, vector, limit: 2 })).toHaveLength(Math.min(2, near.length));

            const text = {
              ...query,
              terms: ["red", "猫", 'quo"te', "OR"],
              weights: { own: 1, before: 0.5, after: 0.3 },
              limit: 100,
            };
            const said = (await ours.searchText?.(text)) ?? [];
            const reallySaid = ours.searchText ? ((await theirs.searchText?.(text)) ?? []) : [];
            expect(Boolean(ours.searchText)).toBe(tested.capabilities.keyword);
            expect(said.map(({ record: found }) => name(found)).sort()).toEqual(
              reallySaid.map(({ record: found }) => name(found)).sort(),
            );
            for (const { score } of said) expect(score).toBeGreaterThan(0);
          }
          expect(await neighbour.count({ scope: scopeFilter({}, "within") })).toBe(1);
          await tested.drop({ key });
          for (const call of [
            () => ours.count({ scope: scopeFilter({}, "within") }),
            () => ours.upsert({ records: [first] }),
            () => ours.list({ scope: scopeFilter({}, "within"), limit: 1 }),
            () => tested.open({ key }),
          ]) {
            await expect(call()).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
          }
          expect(await neighbour.count({ scope: scopeFilter({}, "within") })).toBe(1);
          expect(await tested.drop({ key })).toMatchObject({ dropped: false });
          await tested.close();
        },
      ),
      { numRuns: Math.ceil(share * chosenEffort().traces) },
    );
  });

  it("compares numbers as they are, and forgets the fields of what was replaced", async () => {
    const store = make();
    const namespace = await store.open({ key, create: manifest });
    const numbers = [-6, -5.5, -5, -0.5, 0, 0.5, 5, 5.5, 6];
    const recordOf = (id: string, fields: Record<string, Fields[string]>): VectorRecord => ({
      id,
      namespace: key,
      scopeKey: { user: "", agent: "", run: "" },
      fields: { ...fields, $createdAt: 0, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
      keywords: { own: [], before: [], after: [] },
      payload: "",
      vector: normalize([1, 0, 0, 0]),
    });
    const records = numbers.map((number) => recordOf(`n${number}`, { number }));
    await namespace.upsert({
      records: [...records, recordOf("text", { number: "5" }), recordOf("none", {})],
    });
    const idsOf = async (given: Filter) =>
      (await namespace.list({ scope: scopeFilter({}, "within"), filter: given, limit: 100 })).records
        .map(({ id }) => id)
        .sort();
    const compare = {
      $gt: (a: number, b: number) => a > b,
      $gte: (a: number, b: number) => a >= b,
      $lt: (a: number, b: number) => a < b,
      $lte: (a: number, b: number) => a <= b,
    };
    for (const bound of [...numbers, 5.25, -5.25]) {
      for (const [operator, holds] of Object.entries(compare)) {
        const right = numbers.filter((number) => holds(number, bound)).map((number) => `n${number}`);
        const rest = [...numbers.map((number) => `n${number}`), "text", "none"].filter(
          (id) => !right.includes(id),
        );
        const said = parseFilter({ number: { [operator]: bound } });
        expect(await idsOf(said), `${operator} ${bound}`).toEqual(right.sort());
        expect(
          await idsOf(parseFilter({ $not: { number: { [operator]: bound } } })),
          `not ${operator} ${bound}`,
        ).toEqual(rest.sort());
      }
    }
    await namespace.upsert({ records: [recordOf("n5", { other: ["a", "b"] })] });
    expect(await idsOf(parseFilter({ number: { $in: [5] } }))).toEqual([]);
    expect(await idsOf(parseFilter({ number: { $gt: 4, $lt: 5.25 } }))).toEqual([]);
    expect(await idsOf(parseFilter({ $and: [{ number: { $exists: false } }, { other: "b" }] }))).toEqual([
      "n5",
    ]);
    await store.drop({ key });
  });

  it("takes no reach and no key but those that core has made", async () => {
    const store = make();
    const namespace = await store.open({ key, create: manifest });
    const forged = { user: "any", agent: "any", run: "any" } as unknown as ScopeFilter;
    await expect(namespace.count({ scope: forged })).rejects.toThrow(TypeError);
    await expect(namespace.list({ scope: undefined as unknown as ScopeFilter, limit: 1 })).rejects.toThrow(
      TypeError,
    );
    await expect(namespace.delete({ scope: forged })).rejects.toThrow(TypeError);
    for (const name of ["../outside", "acme", "", `${key}/../x`]) {
      await expect(store.open({ key: name as typeof key, create: manifest })).rejects.toThrow(TypeError);
      await expect(store.drop({ key: name as typeof key })).rejects.toThrow(TypeError);
    }
  });

  it("finds the nearest in a large namespace as well as in a small one, whatever the vectors look like", async () => {
    const store = make();
    let seed = 7;
    const uniform = () => {
      seed = (seed * 1_664_525 + 1_013_904_223) >>> 0;
      return seed / 4_294_967_296;
    };
    const dimensions = 64;
    const centres = Array.from({ length: 40 }, () =>
      Array.from({ length: dimensions }, () => uniform() - 0.5),
    );
    const clustered = () => {
      const centre = centres[Math.floor(uniform() * centres.length)] as number[];
      return normalize(centre.map((value) => value + 0.3 * (uniform() - 0.5)));
    };
    // Without a negative number every sign is the same, and says nothing.
    const positive = () => normalize(Array.from({ length: dimensions }, () => 0.1 + uniform()));
    for (const [orgId, make1] of [
      ["clustered", clustered],
      ["positive", positive],
    ] as const) {
      const own = namespaceKey({ ...manifest, orgId });
      const namespace = await store.open({
        key: own,
        create: { ...manifest, orgId, embedder: { id: "test", dimensions } },
      });
      const vectors = Array.from({ length: 3000 }, make1);
      const records = vectors.map(
        (vector, index): VectorRecord => ({
          id: `id-${index}`,
          namespace: own,
          scopeKey: { user: index % 3 === 0 ? "alice" : "bob", agent: "", run: "" },
          fields: {
            $createdAt: index,
            $validFrom: 0,
            $validTo: noExpiry,
            $expiresAt: noExpiry,
            third: index % 3 === 0,
            tenth: index % 10 === 0,
          },
          keywords: { own: [], before: [], after: [] },
          payload: "",
          vector,
        }),
      );
      for (let from = 0; from < records.length; from += 500)
        await namespace.upsert({ records: records.slice(from, from + 500) });
      const dot = (a: Float32Array, b: Float32Array) =>
        a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
      let found = 0;
      let wanted = 0;
      for (let query = 0; query < 20; query++) {
        const vector = make1();
        const truth = records
          .filter(({ scopeKey: at }) => at.user === "alice")
          .map(({ id, vector: other }) => ({ id, score: dot(other as Float32Array, vector) }))
          .sort((a, b) => b.score - a.score)
          .slice(0, 10)
          .map(({ id }) => id);
        const hits = await namespace.search({ vector, scope: scopeFilter({ userId: "alice" }), limit: 10 });
        wanted += truth.length;
        found += hits.filter(({ record: hit }) => truth.includes(hit.id)).length;
        const filtered = await namespace.search({
          vector,
          scope: scopeFilter({ userId: "alice" }),
          filter: parseFilter({ tenth: true }),
          limit: 100,
        });
        expect(filtered).toHaveLength(100);
      }
      expect(found / wanted, orgId).toBeGreaterThanOrEqual(0.99);
    }
  });
});

/** What the contract allows in size, on real servers: lists of a filter, and the bytes of a batch. */
import type { OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import type { VectorStore } from "@loci/core";
import {
  type FieldScalar,
  type Filter,
  type Manifest,
  type Namespace,
  namespaceKey,
  noExpiry,
  parseFilter,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { servers } from "./servers.ts";

const scope = scopeFilter({}, "within");
const vector = Float32Array.of(1, 0, 0, 0);

describe.each(Object.entries(servers))("%s", (name, { backend, prepare, store }) => {
  describeBackend({ ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` }, "takes", () => {
    let server: OwnServer;
    let subject: VectorStore;
    let namespace: Namespace;
    let made = 0;
    beforeAll(async () => {
      server = await backend.start();
      subject = store(await prepare(server.url), 120_000);
    });
    beforeEach(async () => {
      const orgId = `large ${made++}`;
      const identity = { kind: "organization", deployment: "large", orgId, generation: 1 } as const;
      const embedder = { id: "test", dimensions: 4 };
      const create: Manifest = { ...identity, scheme: 1, embedder, createdAt: 0 };
      namespace = await subject.open({ key: namespaceKey(identity), create });
    });
    afterAll(async () => {
      await subject.close();
      await server.stop();
    });

    const recordOf = (at: number, fields: Record<string, FieldScalar> = {}, payload = ""): VectorRecord => ({
      id: `${at}`,
      namespace: namespaceKey({ ...namespace.manifest }),
      scopeKey: { user: "", agent: "", run: "" },
      fields: { ...fields, $createdAt: at, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
      keywords: { own: ["word"], before: [], after: [] },
      payload,
      vector,
    });
    /** The ids that a filter lets through, by every way of reading; in the end they are deleted. */
    const expectFound = async (filter: Filter, expected: readonly string[]) => {
      const query = { scope, filter };
      const idsOf = (records: readonly { readonly id: string }[]) => records.map(({ id }) => id).sort();
      const listed = (await namespace.list({ ...query, limit: 100 })).records;
      expect(idsOf(listed), "list").toEqual(expected);
      const near = await namespace.search({ ...query, vector, limit: 100 });
      expect(idsOf(near.map(({ record }) => record)), "search").toEqual(expected);
      if (namespace.searchText) {
        const weights = { own: 1, before: 1, after: 1 };
        const said = await namespace.searchText({ ...query, terms: ["word"], weights, limit: 100 });
        expect(idsOf(said.map(({ record }) => record)), "searchText").toEqual(expected);
      }
      expect(await namespace.count(query), "count").toBe(expected.length);
      expect(await namespace.delete(query), "delete").toBe(expected.length);
      expect(await namespace.count(query), "count after delete").toBe(0);
    };

    it.each([
      ["texts", (at: number) => `value ${at}`],
      ["whole numbers", (at: number) => at],
      ["fractions", (at: number) => at + 0.5],
    ] as const)(
      "a list of 1,000 %s in a filter, and in its negation",
      { timeout: 120_000 },
      async (_, value) => {
        const values = Array.from({ length: 1000 }, (__, at) => value(at));
        await namespace.upsert({
          records: [0, 999, 1000, 5000].map((at) => recordOf(at, { field: value(at) })),
        });
        await expectFound(parseFilter({ field: { $in: values } }), ["0", "999"]);
        await expectFound(parseFilter({ field: { $nin: values } }), ["1000", "5000"]);
      },
    );

    it("a list of 1,000 times in a filter, and in its negation", { timeout: 120_000 }, async () => {
      const times = Array.from({ length: 1000 }, (_, at) => at);
      await namespace.upsert({ records: [0, 0.5, 999, 1000].map((at) => recordOf(at)) });
      const isOneOf = { type: "in", field: "$createdAt", values: times, negated: false } as const;
      await expectFound(isOneOf, ["0", "999"]);
      await expectFound({ ...isOneOf, negated: true }, ["0.5", "1000"]);
    });

    it("a batch that is larger than a request may be", { timeout: 120_000 }, async () => {
      const records = Array.from({ length: 700 }, (_, at) => recordOf(at, {}, '"text" '.repeat(8192)));
      await namespace.upsert({ records });
      expect(await namespace.count({ scope })).toBe(records.length);
      const [last] = await namespace.get({ ids: ["699"], scope });
      expect(last?.payload).toBe(records[699]?.payload);
    });

    if (name === "chroma") {
      it("no record that is larger than a request may be, and says so", async () => {
        const huge = recordOf(1, {}, "text ".repeat(9_000_000));
        await expect(namespace.upsert({ records: [recordOf(0), huge] })).rejects.toMatchObject({
          code: "PARTIAL_WRITE",
          retryable: false,
          cause: { code: "STORE_FAILURE", message: expect.stringContaining("max_payload_size_bytes") },
        });
        expect(await namespace.count({ scope })).toBe(1);
      });
    }

    if (name === "chroma") {
      it("no filter of more values than SQLite has variables, and says so", async () => {
        const values = Array.from({ length: 1000 }, (_, at) => at);
        const filter = parseFilter({
          $or: Array.from({ length: 40 }, (_, at) => ({ [`f${at}`]: { $in: values } })),
        });
        await expect(namespace.count({ scope, filter })).rejects.toMatchObject({
          code: "STORE_FAILURE",
          retryable: false,
          message: expect.stringContaining("16,000"),
        });
      });
    }

    it("lists inside lists", { timeout: 120_000 }, async () => {
      const values = Array.from({ length: 1000 }, (_, at) => `value ${at}`);
      await namespace.upsert({
        records: [0, 999, 1000].map((at) => recordOf(at, { field: `value ${at}`, other: at })),
      });
      const some = { field: { $in: values } };
      const deep = { $or: [{ $and: [some, { $or: [{ other: 0 }, some] }] }, { other: { $in: values } }] };
      await expectFound(parseFilter({ $and: [deep, { $not: { field: "value 999" } }] }), ["0"]);
    });
  });
});

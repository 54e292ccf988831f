/** Where the backends' own indexes take over: they find what is nearest, and a filter costs no result. */
import type { OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { randomFrom } from "@loci/conformance";
import {
  type Manifest,
  type Namespace,
  namespaceKey,
  noExpiry,
  parseFilter,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { servers } from "./servers.ts";

const dimensions = 48;
const size = 12_000;
const identity = { kind: "organization", deployment: "recall", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const manifest: Manifest = { ...identity, scheme: 1, embedder: { id: "test", dimensions }, createdAt: 0 };

const random = randomFrom(7);
const centres = Array.from({ length: 200 }, () => Array.from({ length: dimensions }, () => random() - 0.5));
/** Clustered, as sentence embeddings are: on uniform noise no index finds anything. */
function clustered(): Float32Array {
  const centre = centres[Math.floor(random() * centres.length)] ?? [];
  const values = centre.map((value) => value + 0.6 * (random() - 0.5));
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}
const records = Array.from(
  { length: size },
  (_, index): VectorRecord => ({
    id: `id-${index}`,
    namespace: key,
    scopeKey: { user: index % 100 === 0 ? "alice" : index % 2 ? "bob" : "", agent: "", run: "" },
    fields: {
      $createdAt: index,
      $validFrom: 0,
      $validTo: noExpiry,
      $expiresAt: noExpiry,
      rare: index % 400 === 0,
    },
    keywords: { own: [], before: [], after: [] },
    payload: "",
    vector: clustered(),
  }),
);
const dot = (a: Float32Array, b: Float32Array) =>
  a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

describe.each(Object.entries(servers))("%s", (name, { backend, prepare, store }) => {
  describeBackend(
    { ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` },
    `with ${size} records`,
    () => {
      let server: OwnServer;
      let subject: ReturnType<typeof store>;
      let namespace: Namespace;
      beforeAll(async () => {
        server = await backend.start();
        const url = await prepare(server.url);
        subject = store(url, 120_000);
        namespace = await subject.open({ key, create: manifest });
        const batch = 500;
        for (let at = 0; at < size; at += batch)
          await namespace.upsert({ records: records.slice(at, at + batch) });
        if (name === "postgres") {
          // What autovacuum does by itself within a minute: the index is used from then on.
          const client = new pg.Client({ connectionString: url });
          await client.connect();
          await client.query(`analyze ${key}.records`);
          await client.end();
        }
      });
      afterAll(async () => {
        await subject.close();
        await server.stop();
      });

      it.each([
        ["everybody's", scopeFilter({}, "within"), () => true],
        [
          "bob's and what is shared",
          scopeFilter({ userId: "bob" }),
          ({ scopeKey }: VectorRecord) => scopeKey.user !== "alice",
        ],
        [
          "alice's alone, one in a hundred",
          scopeFilter({ userId: "alice" }, "within"),
          ({ scopeKey }: VectorRecord) => scopeKey.user === "alice",
        ],
      ] as const)("finds the ten nearest of %s", async (_, scope, isVisible) => {
        let found = 0;
        const queries = 30;
        for (let query = 0; query < queries; query++) {
          const vector = clustered();
          const truth = records
            .filter(isVisible)
            .map(({ id, vector: own }) => ({ id, score: dot(own as Float32Array, vector) }))
            .sort((a, b) => b.score - a.score)
            .slice(0, 10);
          const hits = await namespace.search({ scope, vector, limit: 10 });
          expect(hits).toHaveLength(10);
          found += hits.filter(({ record }) => truth.some(({ id }) => id === record.id)).length;
          for (const { record, score } of hits) {
            const exact = dot(records[Number(record.id.slice(3))]?.vector as Float32Array, vector);
            expect(Math.abs(score - exact)).toBeLessThan(1e-4);
          }
        }
        const recall = found / (10 * queries);
        console.log(`${name}: recall@10 of ${_}: ${recall.toFixed(3)}`);
        expect(recall).toBeGreaterThanOrEqual(0.95);
      });

      it("returns as many as match, however few of many match", async () => {
        const filter = parseFilter({ rare: true });
        const matching = records.filter(({ fields }) => fields.rare).length;
        for (const [limit, expected] of [
          [20, 20],
          [1000, matching],
        ] as const) {
          const hits = await namespace.search({
            scope: scopeFilter({}, "within"),
            filter,
            vector: clustered(),
            limit,
          });
          expect(hits).toHaveLength(expected);
        }
      });

      it("drops it all in one call", async () => {
        expect(await subject.drop({ key })).toMatchObject({ dropped: true });
        await expect(subject.open({ key })).rejects.toMatchObject({ code: "NAMESPACE_NOT_FOUND" });
      });
    },
  );
});

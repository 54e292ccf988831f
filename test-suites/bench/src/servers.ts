import type { OwnServer } from "@loci/backends";
import {
  type Manifest,
  type Namespace,
  type NamespaceKey,
  namespaceKey,
  noExpiry,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import { servers } from "@loci/matrix/servers";
import { makeData } from "./data.ts";
import { measureInTurns, summarize } from "./measure.ts";
import { type RawBackend, rawBackends } from "./raw-servers.ts";
import { type Figure, milliseconds, ratioFigure, type Section } from "./report.ts";

const dimensions = 384;
const scope = scopeFilter({ userId: "alice" });
/** How many organizations a server gets: as many as it takes by default, or as show a trend within minutes. */
const organizations: Readonly<Record<string, number>> = {
  postgres: 5000,
  chroma: 2000,
  elasticsearch: 900,
  qdrant: 500,
};

function manifestOf(orgId: string): Manifest {
  const embedder = { id: "bench", dimensions };
  return {
    kind: "organization",
    deployment: "bench",
    orgId,
    generation: 1,
    scheme: 1,
    embedder,
    createdAt: 0,
  };
}

/** One server: the store beside its raw client, on the same records and the same requests. */
export async function benchServer(name: string, count: number, many: boolean): Promise<Section> {
  const tested = servers[name] as (typeof servers)[string];
  const server: OwnServer = await tested.backend.start({ onDisk: true });
  try {
    const url = await tested.prepare(server.url);
    const store = tested.store(url, 300_000);
    const raw = await (rawBackends[name] as (typeof rawBackends)[string])(url);
    const figures: Figure[] = [];
    const { items, queries } = makeData(count, 60);
    const key = namespaceKey(manifestOf("acme"));
    const records = items.map(({ text, vector }, index) => recordOf(key, index, text, vector));
    const namespace = await store.open({ key, create: manifestOf("acme") });
    figures.push(...(await compareAdding(raw, namespace, records, 500)));
    await raw.settle();
    const query = (turn: number) => (queries[turn % queries.length] as (typeof queries)[number]).vector;
    const timings = await measureInTurns(
      {
        raw: (turn) => raw.search(query(turn)),
        store: (turn) => namespace.search({ vector: query(turn), scope, limit: 10 }),
      },
      60,
      10,
    );
    const time = (which: string) => timings[which] ?? { median: Number.NaN, low: 0, high: 0 };
    figures.push(
      { name: "raw client, search", value: milliseconds(time("raw")) },
      { name: "store, search", value: milliseconds(time("store")) },
      ratioFigure("store / raw client, search", time("store").median / time("raw").median, "at most", 1.1),
    );
    if (many) {
      const vectors = queries.map(({ vector }) => vector);
      figures.push(...(await compareMany(store, vectors, organizations[name] ?? 500)));
    }
    await raw.close();
    await store.close();
    const title = `${tested.backend.title}, ${count} memories x ${dimensions} dimensions, k = 10`;
    return {
      title: tested.backend.standIn ? `${title} (a stand-in: its speed says nothing)` : title,
      figures,
    };
  } finally {
    await server.stop();
  }
}

function recordOf(namespace: NamespaceKey, index: number, text: string, vector: Float32Array): VectorRecord {
  return {
    id: `id-${index}`,
    namespace,
    scopeKey: { user: index % 2 ? "alice" : "", agent: "", run: "" },
    fields: { $createdAt: index, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
    keywords: { own: text.toLowerCase().split(/\W+/).filter(Boolean), before: [], after: [] },
    payload: JSON.stringify({ text }),
    vector,
  };
}

/** The same records in batches of the same size, in turns, so that a slow moment hits both. */
async function compareAdding(
  raw: RawBackend,
  namespace: Pick<Namespace, "upsert">,
  records: readonly VectorRecord[],
  batch: number,
): Promise<readonly Figure[]> {
  const prepared = records.map((record) => raw.prepare(record));
  let [ours, theirs] = [0, 0];
  for (let at = 0; at < records.length; at += batch) {
    let start = performance.now();
    await namespace.upsert({ records: records.slice(at, at + batch) });
    ours += performance.now() - start;
    start = performance.now();
    await raw.insert(prepared.slice(at, at + batch));
    theirs += performance.now() - start;
  }
  const rate = (time: number) => `${Math.round((records.length / time) * 1000)} a second`;
  return [
    { name: "raw client, insert", value: rate(theirs) },
    { name: "store, insert", value: rate(ours) },
    ratioFigure("store / raw client, insert rate", theirs / ours, "at least", 0.8),
  ];
}

/** One organization alone, and the same among many; how long each takes to come and to go. */
async function compareMany(
  store: ReturnType<(typeof servers)[string]["store"]>,
  vectors: readonly Float32Array[],
  count: number,
): Promise<readonly Figure[]> {
  const creating: number[] = [];
  const fill = async (orgId: string) => {
    const key = namespaceKey(manifestOf(orgId));
    const start = performance.now();
    const namespace = await store.open({ key, create: manifestOf(orgId) });
    creating.push(performance.now() - start);
    await namespace.upsert({
      records: vectors.slice(0, 50).map((vector, index) => recordOf(key, index, "a text", vector)),
    });
    return namespace;
  };
  const one = await fill("one");
  const vector = vectors[0] as Float32Array;
  const search = () => one.search({ vector, scope, limit: 10 });
  const figures: Figure[] = [];
  const alone = (await measureInTurns({ search }, 40)).search;
  for (let index = 1; index <= count; index++) {
    await fill(`org-${index}`);
    if (index !== 500 && index !== count) continue;
    const among = (await measureInTurns({ search }, 40)).search;
    const ratio = (among?.median ?? Number.NaN) / (alone?.median ?? Number.NaN);
    figures.push(
      { name: `search among ${index} organizations / alone`, value: `${ratio.toFixed(2)} times`, ratio },
      { name: `to create an organization, at ${index}`, value: milliseconds(summarize(creating.slice(-50))) },
    );
  }
  const dropping: number[] = [];
  for (let index = 1; index <= Math.min(count, 500); index++) {
    const start = performance.now();
    await store.drop({ key: namespaceKey(manifestOf(`org-${index}`)) });
    dropping.push(performance.now() - start);
  }
  return [
    {
      name: "to create an organization, the first fifty",
      value: milliseconds(summarize(creating.slice(0, 50))),
    },
    ...figures,
    { name: "to drop an organization", value: milliseconds(summarize(dropping)) },
  ];
}

/** Chroma has no conditional write: what its adapter makes of "insert if absent", between processes and after their death. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { chroma as backend, findServer, type Server } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import {
  type Manifest,
  type Namespace,
  namespaceKey,
  noExpiry,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import { ChromaClient } from "chromadb";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { servers } from "./servers.ts";

const scope = scopeFilter({}, "within");

describeBackend(backend, "versions of a record on Chroma", () => {
  let server: Server;
  beforeAll(async () => {
    server = await findServer(backend);
  });
  afterAll(() => server.stop());
  afterEach(() => vi.restoreAllMocks());

  const manifestOf = (orgId: string): Manifest => ({
    kind: "organization",
    deployment: `v${process.pid}`,
    orgId,
    generation: 1,
    scheme: 1,
    createdAt: 0,
    embedder: { id: "test", dimensions: 4 },
  });
  const open = (create: Manifest) =>
    (servers.chroma as (typeof servers)[string])
      .store(server.url)
      .open({ key: namespaceKey({ ...create }), create });
  const recordOf = (namespace: Namespace, payload: string): VectorRecord => ({
    id: "one",
    namespace: namespaceKey({ ...namespace.manifest }),
    scopeKey: { user: "", agent: "", run: "" },
    fields: { $createdAt: 0, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
    keywords: { own: [], before: [], after: [] },
    payload,
    vector: Float32Array.of(1, 0, 0, 0),
  });
  const read = (namespace: Namespace) => namespace.get({ scope, ids: ["one"] });
  /** What Chroma has under a namespace, whoever may see it. */
  const rowsOf = async (manifest: Manifest) => {
    const { hostname: host, port } = new URL(server.url);
    const database = namespaceKey({ ...manifest });
    const client = new ChromaClient({
      host,
      port: Number(port),
      ssl: false,
      tenant: "default_tenant",
      database,
    });
    return (await (await client.getCollection({ name: "memories" })).get({ include: [] })).ids;
  };
  /** From the given request to Chroma on, none gets through, as if the process had died. */
  const dieAt = (step: RegExp) => {
    const real = globalThis.fetch;
    let dead = false;
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      dead ||= step.test(String(input instanceof Request ? input.url : input));
      if (dead) throw new TypeError("fetch failed");
      return real(input, init);
    });
  };

  it("lets one of two processes win that expect the same version", { timeout: 120_000 }, async () => {
    const create = manifestOf("race");
    const namespace = await open(create);
    const racers = [1, 2].map(() =>
      fork(
        fileURLToPath(new URL("./version-race.fixture.ts", import.meta.url)),
        ["chroma", server.url, JSON.stringify(create)],
        {
          execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"],
        },
      ),
    );
    try {
      await Promise.all(racers.map((racer) => once(racer, "message")));
      await namespace.upsert({ records: [recordOf(namespace, "first")] });
      for (let round = 0; round < 200; round++) {
        const [before] = await read(namespace);
        const { vector: _, ...record } = recordOf(namespace, "");
        const answers = racers.map((racer) => once(racer, "message"));
        for (const racer of racers) racer.send({ ...record, expected: { version: before?.version } });
        const said = (await Promise.all(answers)).map(([answer]) => answer as string);
        expect([...said].sort(), `round ${round}`).toEqual(["lost", "won"]);
        const now = await read(namespace);
        expect(now.map(({ payload }) => payload)).toEqual([String(racers[said.indexOf("won")]?.pid)]);
        expect(await namespace.count({ scope })).toBe(1);
      }
    } finally {
      for (const racer of racers) racer.kill();
    }
  });

  describe.each([
    ["before its row is added", /\/add$/, "first"],
    ["after its row is added", /\/get$/, "second"],
    ["before the older row is deleted", /\/delete$/, "second"],
  ] as const)("a process that dies %s", (when, step, visible) => {
    it("leaves one whole record, which the next write and a deletion clean up", async () => {
      const namespace = await open(manifestOf(when.replaceAll(" ", "-")));
      await namespace.upsert({ records: [recordOf(namespace, "first")] });
      const [first] = await read(namespace);
      dieAt(step);
      const expected = { version: String(first?.version) };
      await expect(
        namespace.upsert({ records: [{ ...recordOf(namespace, "second"), expected }] }),
      ).rejects.toThrow();
      vi.restoreAllMocks();
      const found = await read(namespace);
      expect(found.map(({ payload }) => payload)).toEqual([visible]);
      expect(await namespace.count({ scope })).toBe(1);
      await namespace.upsert({ records: [recordOf(namespace, "third")] });
      expect(await namespace.count({ scope })).toBe(1);
      expect((await read(namespace)).map(({ payload }) => payload)).toEqual(["third"]);
      const [third] = await read(namespace);
      const { id, scopeKey } = recordOf(namespace, "");
      await namespace.delete({ scope, versions: [{ id, scopeKey, version: String(third?.version) }] });
      expect(await read(namespace)).toEqual([]);
      expect(await namespace.count({ scope })).toBe(0);
    });

    it("leaves nothing of the older row when what is seen is deleted", async () => {
      const create = manifestOf(`deleted-${when.replaceAll(" ", "-")}`);
      const namespace = await open(create);
      await namespace.upsert({ records: [recordOf(namespace, "first")] });
      const [first] = await read(namespace);
      dieAt(step);
      const expected = { version: String(first?.version) };
      const second = { ...recordOf(namespace, "second"), expected };
      await expect(namespace.upsert({ records: [second] })).rejects.toThrow();
      vi.restoreAllMocks();
      const [seen] = await read(namespace);
      const { id, scopeKey } = second;
      expect(
        await namespace.delete({ scope, versions: [{ id, scopeKey, version: String(seen?.version) }] }),
      ).toBe(1);
      expect(await read(namespace)).toEqual([]);
      expect(await rowsOf(create)).toEqual([]);
    });

    it("is followed by the next deletion where it has died in one", async () => {
      const create = manifestOf(`deletes-${when.replaceAll(" ", "-")}`);
      const namespace = await open(create);
      await namespace.upsert({ records: [recordOf(namespace, "first")] });
      const [first] = await read(namespace);
      const { id, scopeKey } = recordOf(namespace, "");
      const versions = [{ id, scopeKey, version: String(first?.version) }];
      dieAt(step);
      await expect(namespace.delete({ scope, versions })).rejects.toThrow();
      vi.restoreAllMocks();
      await namespace.upsert({ records: [recordOf(namespace, "third")] });
      expect((await read(namespace)).map(({ payload }) => payload)).toEqual(["third"]);
      expect(await rowsOf(create)).toHaveLength(1);
    });
  });
});

/** What holds on real servers when they are killed, hang or lose their connections. */
import { chosenEffort, type OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { letterEmbedder } from "@loci/conformance";
import { tcpProxy } from "@loci/conformance/proxy";
import { Memory } from "@loci/core";
import {
  type Manifest,
  type Namespace,
  namespaceKey,
  noExpiry,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { raceInTwoProcesses } from "./race.ts";
import { servers } from "./servers.ts";

const everything = scopeFilter({}, "within");
const rounds = chosenEffort().races;

/** The server's own word, where nothing stands between: for a stand-in, a crash says nothing. */
describe.each(Object.entries(servers))("%s", (name, { backend, prepare, store }) => {
  // Not the server that the environment names: these tests kill it.
  const own = { ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` };
  describeBackend(own, "in bad times", () => {
    let server: OwnServer;
    let url: string;
    beforeAll(async () => {
      server = await backend.start();
      url = await prepare(server.url);
    });
    afterAll(() => server.stop());

    const namespaceOf = async (target: ReturnType<typeof store>, orgId: string): Promise<Namespace> => {
      const identity = { kind: "organization", deployment: "faults", orgId, generation: 1 } as const;
      const create: Manifest = {
        ...identity,
        scheme: 1,
        embedder: { id: "test", dimensions: 4 },
        createdAt: 0,
      };
      return target.open({ key: namespaceKey(identity), create });
    };
    const recordOf = (namespace: Namespace, id: string, user = ""): VectorRecord => ({
      id,
      namespace: namespaceKey({ ...namespace.manifest }),
      scopeKey: { user, agent: "", run: "" },
      fields: { $createdAt: 0, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
      keywords: { own: [id], before: [], after: [] },
      payload: id,
      vector: Float32Array.of(1, 0, 0, 0),
    });

    it.skipIf(backend.standIn)(
      "loses nothing that was acknowledged when it is killed, and the client recovers",
      async () => {
        const subject = store(url);
        const namespace = await namespaceOf(subject, "killed");
        const acknowledged: string[] = [];
        for (let round = 0; round < 2; round++) {
          let stop = false;
          const writer = (async () => {
            while (!stop) {
              const batch = Array.from({ length: 5 }, (_, at) => `${round}-${acknowledged.length + at}`);
              try {
                await namespace.upsert({ records: batch.map((id) => recordOf(namespace, id)) });
              } catch {
                continue;
              }
              acknowledged.push(...batch);
            }
          })();
          await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(50 * (round + 1));
          await server.crash();
          stop = true;
          await writer;
          // A process that serves one connection may take a moment to notice that its server is gone.
          await expect
            .poll(
              () =>
                namespace.count({ scope: everything }).then(
                  () => "answers",
                  ({ retryable }) => retryable,
                ),
              {
                timeout: 20_000,
              },
            )
            .toBe(true);
          await server.restart();
          await expect
            .poll(() => namespace.count({ scope: everything }).then(() => "answers", String), {
              timeout: 60_000,
            })
            .toBe("answers");
          const found = new Set<string>();
          for (let at = 0; at < acknowledged.length; at += 500) {
            for (const { id } of await namespace.get({
              ids: acknowledged.slice(at, at + 500),
              scope: everything,
            }))
              found.add(id);
          }
          expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
        }
        await subject.close();
      },
    );

    it("keeps its timeout when the server hangs, and an abort closes the connection", async () => {
      const line = await tcpProxy(url);
      // The server may have started a moment ago: what prepares the test gets the usual time.
      const patient = store(url);
      const prepared = await namespaceOf(patient, "hung");
      await prepared.upsert({ records: [recordOf(prepared, "one")] });
      const subject = store(line.url, 2000);
      const namespace = await namespaceOf(subject, "hung");
      await line.faults.hang.begin(0);
      const start = performance.now();
      await expect(namespace.count({ scope: everything })).rejects.toMatchObject({
        code: "STORE_FAILURE",
        retryable: true,
      });
      expect(performance.now() - start).toBeLessThan(5000);
      const closed = line.closed();
      const reason = new Error("the caller has left");
      const abort = new AbortController();
      setTimeout(() => abort.abort(reason), 100);
      const call = namespace.list({ scope: everything, limit: 1, signal: abort.signal });
      await expect(call).rejects.toBe(reason);
      await expect.poll(() => line.closed(), { timeout: 5000 }).toBeGreaterThan(closed);
      await subject.close();
      await patient.close();
      await line.close();
    });

    it("gives the next caller its own answer after a connection was cut", async () => {
      const line = await tcpProxy(url);
      const subject = store(line.url, 5000);
      const namespace = await namespaceOf(subject, "cut");
      await namespace.upsert({
        records: ["alice", "bob"].map((user) => recordOf(namespace, `of ${user}`, user)),
      });
      for (let round = 0; round < 5; round++) {
        const end = await line.faults["lose-one-answer"].begin(0);
        const lost = namespace.list({ scope: scopeFilter({ userId: "alice" }), limit: 5 });
        await lost.then(
          ({ records }) => expect(records.map(({ id }) => id)).toEqual(["of alice"]),
          (error: unknown) => expect(error).toMatchObject({ code: "STORE_FAILURE", retryable: true }),
        );
        expect(await end()).toBe(true);
        const { records } = await namespace.list({ scope: scopeFilter({ userId: "bob" }), limit: 5 });
        expect(records.map(({ id }) => id)).toEqual(["of bob"]);
      }
      await subject.close();
      await line.close();
    });

    it("says that it can be tried again where there is no server", async () => {
      const subject = store(Object.assign(new URL(url), { port: "1" }).href, 2000);
      await expect(namespaceOf(subject, "nowhere")).rejects.toMatchObject({
        code: "STORE_FAILURE",
        retryable: true,
        message: expect.stringContaining("does not answer"),
      });
      await subject.close();
    });

    it(`lets two processes create, write and offboard one organization at once, ${rounds} times`, {
      timeout: 1_800_000,
    }, async () => {
      const failures = await raceInTwoProcesses(name, url, rounds);
      expect(failures).toEqual([]);
    });

    it("does not bring back what was offboarded while it was being written", async () => {
      const [one, other] = [store(url), store(url)].map(
        (subject) => new Memory({ store: subject, embedder: letterEmbedder, deployment: "late" }),
      ) as [Memory, Memory];
      await one.add("early", { orgId: "acme" });
      await other.search("early", { orgId: "acme" });
      await one.organization("acme").offboard();
      await expect(other.add("late", { orgId: "acme" })).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
      await expect(one.list({ orgId: "acme" })).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
      await one.close();
      await other.close();
    });
  });
});

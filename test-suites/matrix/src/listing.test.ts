/** Listings on real servers: their order, and what they cost where there are thousands of records. */
import type { OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import type { VectorStore } from "@loci/core";
import {
  type Manifest,
  type Namespace,
  namespaceKey,
  noExpiry,
  scopeFilter,
  type VectorRecord,
} from "@loci/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { servers } from "./servers.ts";

const everything = scopeFilter({}, "within");
const moment = 1_760_000_000_000;

describe.each(Object.entries(servers))("%s", (name, { backend, prepare, store }) => {
  describeBackend({ ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` }, "lists", () => {
    let server: OwnServer;
    let url: string;
    const opened: VectorStore[] = [];
    beforeAll(async () => {
      server = await backend.start();
      url = await prepare(server.url);
    });
    afterAll(async () => {
      for (const one of opened) await one.close();
      await server.stop();
    });

    /** The namespace of an organization, as a process of its own has it. */
    const namespaceOf = async (orgId: string): Promise<Namespace> => {
      const subject = store(url);
      opened.push(subject);
      const identity = { kind: "organization", deployment: "listing", orgId, generation: 1 } as const;
      const embedder = { id: "test", dimensions: 4 };
      const create: Manifest = { ...identity, scheme: 1, embedder, createdAt: 0 };
      return subject.open({ key: namespaceKey(identity), create });
    };
    const recordOf = ({ manifest }: Namespace, id: string, $createdAt: number): VectorRecord => ({
      id,
      namespace: namespaceKey({ ...manifest }),
      scopeKey: { user: "", agent: "", run: "" },
      fields: { $createdAt, $validFrom: $createdAt, $validTo: noExpiry, $expiresAt: noExpiry },
      keywords: { own: [], before: [], after: [] },
      payload: `The message ${id}, of an ordinary length. `.repeat(4),
      vector: Float32Array.of(1, 0, 0, 0),
    });
    const pages = async (namespace: Namespace, limit: number, check = () => {}): Promise<string[]> => {
      const ids: string[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await namespace.list({ scope: everything, limit, ...(cursor ? { cursor } : {}) });
        check();
        ids.push(...page.records.map(({ id }) => id));
        cursor = page.cursor;
        if (cursor === undefined) return ids;
      }
    };

    it("the messages of one moment in the order in which they were given, the last one first", async () => {
      const [one, other] = [await namespaceOf("order"), await namespaceOf("order")];
      const given: string[] = [];
      const give = async (namespace: Namespace, ids: readonly string[]) => {
        await namespace.upsert({ records: ids.map((id) => recordOf(namespace, id, moment)) });
        given.push(...ids);
      };
      await one.upsert({ records: [recordOf(one, "newer", moment + 1), recordOf(one, "older", moment - 1)] });
      await give(one, ["hello", "who", "are", "you"]);
      await give(other, ["I", "am", "nobody"]);
      await give(
        one,
        Array.from({ length: 150 }, (_, index) => `${index}`),
      );
      await give(other, ["bye"]);
      const expected = ["newer", ...given.toReversed(), "older"];
      for (const limit of [1000, 60, 7]) expect(await pages(other, limit), `in ${limit}s`).toEqual(expected);
      await other.upsert({ records: ["am", "17"].map((id) => recordOf(other, id, moment)) });
      expect(await pages(one, 60), "after two were replaced").toEqual(expected);
    });

    it.each([
      ["one moment", () => moment],
      ["a month, in any order", (index: number) => moment + ((index * 1999) % 5000) * 500_000],
    ])("5,000 memories of %s without reading them again and again", { timeout: 300_000 }, async (of, at) => {
      const namespace = await namespaceOf(of);
      const records = Array.from({ length: 5000 }, (_, index) => recordOf(namespace, `${index}`, at(index)));
      await namespace.upsert({ records });
      const start = performance.now();
      // Some seconds. Where each page reads everything, it is many minutes.
      const ids = await pages(namespace, 100, () => expect(performance.now() - start).toBeLessThan(60_000));
      const newestFirst = records.toReversed().sort((a, b) => b.fields.$createdAt - a.fields.$createdAt);
      expect(ids).toEqual(newestFirst.map(({ id }) => id));
    });
  });
});

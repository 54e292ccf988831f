/** That nothing of an organization goes to another region than its own, as the wire says. */
import type { OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { type TcpProxy, tcpProxy } from "@loci/conformance/proxy";
import { defineKeyProvider, inMemory, type MasterKeys, Memory } from "@loci/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fakeModelServer, fakeServedEmbedder, fakeServedModel } from "./fake-model-server.ts";
import { servers } from "./servers.ts";

interface Region {
  readonly store: TcpProxy;
  readonly models: TcpProxy;
}

function masters(): MasterKeys {
  const kept = new Map<string | null, Uint8Array>();
  return {
    find: async ({ orgId }) => kept.get(orgId),
    async add({ orgId }, master) {
      kept.set(orgId, master);
      return master;
    },
    destroy: async ({ orgId }) => void kept.delete(orgId),
  };
}

describe.each(Object.entries(servers))("%s", (name, { backend, prepare, store }) => {
  const own = { ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` };
  describeBackend(own, "in two regions", () => {
    const closing: (() => Promise<void>)[] = [];
    let regions: Record<"eu" | "us", Region>;
    let server: OwnServer;
    beforeAll(async () => {
      server = await backend.start();
      closing.push(() => server.stop());
      const open = async (): Promise<Region> => {
        const models = await fakeModelServer();
        const lines = {
          store: await tcpProxy(await prepare(server.url)),
          models: await tcpProxy(models.url),
        };
        closing.unshift(
          () => lines.store.close(),
          () => lines.models.close(),
          () => models.close(),
        );
        return lines;
      };
      regions = { eu: await open(), us: await open() };
    });
    afterAll(async () => {
      for (const close of closing) await close();
    });

    const regionOf = ({ store: line, models }: Region) => ({
      cells: { one: { store: store(line.url, 5000) }, two: { store: store(line.url, 5000) } },
      embedder: fakeServedEmbedder(models.url, "letters"),
      languageModel: fakeServedModel(models.url),
      keys: defineKeyProvider("test", masters()),
    });
    const memoryOf = (lines = regions) =>
      new Memory({
        regions: { eu: regionOf(lines.eu), us: regionOf(lines.us) },
        registry: inMemory(),
      });
    const sentTo = ({ store: line, models }: Region) => Buffer.concat([line.sent(), models.sent()]);

    it("sends nothing of any operation to the other", async () => {
      const memory = memoryOf();
      await memory.organization("us-org").onboard({ region: "us" });
      const scope = { orgId: "eu-org", userId: "canaryuser" };
      const [raw] = ["The canarytext is in Frankfurt"];
      let id = "";
      const operations: Readonly<Record<string, () => Promise<unknown>>> = {
        onboard: () => memory.organization("eu-org").onboard({ region: "eu" }),
        add: async () => {
          id =
            (await memory.add(raw, { ...scope, infer: false, metadata: { canarykey: "canaryvalue" } }))
              .results[0]?.id ?? "";
        },
        infer: () => memory.add("Another canarytext", scope),
        search: () => memory.search("canarytext", { ...scope, filter: { canarykey: "canaryvalue" } }),
        context: () => memory.context("canarytext", scope),
        get: () => memory.get(id, scope),
        list: () => memory.list({ ...scope, levels: "within" }),
        history: () => memory.history(id, scope),
        update: () => memory.update(id, { text: "The canarytext is in Paris" }, scope),
        extractPending: () => memory.scope(scope).extractPending(),
        export: async () => new Response(await memory.scope(scope).export()).text(),
        move: () => memory.organization("eu-org").move({ to: { cell: "two" } }),
        moveBack: () => memory.organization("eu-org").move({ to: { cell: "one" } }),
        reembed: () => memory.organization("eu-org").planReembedding(),
        rotateKey: () => memory.organization("eu-org").rotateKey(),
        delete: () => memory.delete(id, scope),
        forget: () => memory.scope(scope).forget(),
        offboard: () => memory.organization("eu-org").offboard(),
      };
      for (const [operation, run] of Object.entries(operations)) {
        const [eu, us] = [sentTo(regions.eu).length, sentTo(regions.us).length];
        await run();
        expect(`${operation}: ${sentTo(regions.us).length - us} bytes`).toBe(`${operation}: 0 bytes`);
        expect(sentTo(regions.eu).length, operation).toBeGreaterThan(eu);
      }
      const models = regions.eu.models.sent().toString();
      expect(models).toContain("canarytext");
      await memory.close();
    });

    it("keeps them apart at the same time, and moves only when it is told to", async () => {
      const memory = memoryOf();
      const orgs = ["eu", "us"].flatMap((region) =>
        [0, 1, 2].map((at) => ({ region, orgId: `${region}-${at}` })),
      );
      const marks = { eu: sentTo(regions.eu).length, us: sentTo(regions.us).length };
      await Promise.all(
        orgs.map(async ({ region, orgId }) => {
          await memory.organization(orgId).onboard({ region });
          const scope = { orgId, userId: `${region}canaryuser` };
          for (let round = 0; round < 3; round++) {
            await memory.add(`${region}canarytext ${round}`, { ...scope, infer: round === 0 });
            await memory.search(`${region}canarytext`, scope);
          }
          expect((await memory.list(scope)).memories).toHaveLength(2);
        }),
      );
      const heard = {
        eu: sentTo(regions.eu).subarray(marks.eu).toString(),
        us: sentTo(regions.us).subarray(marks.us).toString(),
      };
      expect(heard.eu).toContain("eucanaryuser");
      expect(heard.us).toContain("uscanaryuser");
      expect(heard.eu).not.toContain("uscanary");
      expect(heard.us).not.toContain("eucanary");
      await expect(memory.organization("eu-0").onboard({ region: "us" })).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining("move"),
      });
      const moved = await memory.organization("eu-0").move({ to: { region: "us" } });
      expect(moved).toMatchObject({ region: "us", memories: 2, receipt: { kind: "move" } });
      expect(
        (await memory.search("eucanarytext", { orgId: "eu-0", userId: "eucanaryuser" }))[0]?.text,
      ).toContain("eucanarytext");
      for (const { orgId } of orgs) await memory.organization(orgId).offboard();
      await memory.close();
    });

    it("answers with an error when its own is down, and asks no other", async () => {
      const registry = inMemory();
      const down = await tcpProxy(regions.eu.store.url);
      const us = regionOf(regions.us);
      const memory = new Memory({
        regions: { eu: regionOf({ ...regions.eu, store: down }), us },
        registry,
      });
      const scope = { orgId: "eu-down", infer: false };
      await memory.organization("eu-down").onboard({ region: "eu" });
      await memory.add("canarytext", scope);
      const before = sentTo(regions.us).length;
      await down.close();
      const failed = { code: "STORE_FAILURE", retryable: true };
      await expect(memory.add("another canarytext", scope)).rejects.toMatchObject(failed);
      await expect(memory.list({ orgId: "eu-down" })).rejects.toMatchObject(failed);
      await expect(memory.search("canarytext", { orgId: "eu-down" })).rejects.toMatchObject(failed);
      await expect(memory.organization("eu-new").onboard({ region: "eu" })).rejects.toMatchObject(failed);
      await expect(memory.add("canarytext", { orgId: "nobody" })).rejects.toMatchObject({
        code: "ORGANIZATION_NOT_FOUND",
      });
      expect(sentTo(regions.us).length).toBe(before);
      // One that serves another region alone says so, and looks for it nowhere.
      const american = new Memory({ regions: { us }, registry });
      await expect(american.list({ orgId: "eu-down" })).rejects.toMatchObject({
        code: "REGION_NOT_CONFIGURED",
        region: "eu",
      });
      expect(sentTo(regions.us).length).toBe(before);
      await memory.close();
    });
  });
});

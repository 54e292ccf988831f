import {
  type AuditEvent,
  defineKeyProvider,
  inMemory,
  MemoryScope,
  Organization,
  receiptToMarkdown,
  verifyReceipts,
} from "@loci/core";
import { Memory } from "@loci/core/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { fakeLetterEmbedder } from "./letter-embedder.ts";
import { fakeMasterKeys } from "./master-keys.ts";
import { fakeScriptedModel } from "./scripted-model.ts";

const alice = { orgId: "acme", userId: "alice" };
const secret = "a canary called zebra";

/** A memory, and what its listeners were told. */
function listenedTo(languageModel = fakeScriptedModel(() => ({ facts: [], removes: [] }))) {
  const cells = { one: { store: inMemory() }, two: { store: inMemory() } };
  const keys = defineKeyProvider("fake", fakeMasterKeys());
  const former = fakeLetterEmbedder({ id: "fake-former" });
  const memory = new Memory({
    cells,
    registry: inMemory(),
    languageModel,
    keys,
    embedder: fakeLetterEmbedder(),
    formerEmbedders: [former],
  });
  const events: AuditEvent[] = [];
  const end = memory.subscribe((event) => events.push(event));
  return { memory, events, end, former };
}

describe("audit events", () => {
  it("tell of every operation, with scope, counts, duration and outcome", { timeout: 30_000 }, async () => {
    const { memory, events, former } = listenedTo();
    const raw = { ...alice, infer: false };
    const { results } = await memory.add([secret, "another one"], raw);
    const ids = results.map(({ id }) => id);
    await memory.add(secret, raw);
    await memory.add(secret, alice);
    await memory.search(secret, alice);
    await memory.context(secret, alice);
    await memory.get(ids[0] ?? "", alice);
    await memory.scope(alice).getMany([...ids, "absent"]);
    await memory.list(alice);
    await memory.count(alice);
    await memory.history(ids[0] ?? "", alice);
    await memory.update(ids[0] ?? "", { text: `${secret}!` }, alice);
    await memory.scope(alice).updateMany(ids.map((id) => ({ id, metadata: { seen: true } })));
    await memory.scope(alice).pending();
    await memory.scope(alice).extractPending();
    const dump = await memory.organization("acme").export();
    await memory.organization("copy").import(dump, { from: "acme" });
    await memory.delete(ids[1] ?? "", alice);
    await memory.scope(alice).deleteMany(["absent", "too"]);
    await memory.scope(alice).planForget();
    await memory.scope(alice).forget();
    await memory.deleteAll({ orgId: "acme" });
    const [acme] = (await memory.organizations()).organizations.filter(({ orgId }) => orgId === "acme");
    await memory.organization("acme").move({ to: { cell: acme?.cell === "one" ? "two" : "one" } });
    await memory.organization("acme").rotateKey();
    await memory.organization("acme").planReembedding();
    await memory.organization("acme").reembed({ embedder: former });
    await memory.organization("acme").revert();
    await memory.organization("acme").reembed({ embedder: former });
    await memory.organization("acme").confirm();
    await memory.organization("acme").cancelMigration();
    const namespaces = await memory.organization("acme").namespaces();
    await memory.organization("acme").scopes();
    await memory.organization("acme").planOffboarding();
    const receipt = await memory.organization("acme").offboard({ actor: "Mia of support" });
    expect(receipt.actor).toBe("Mia of support");
    expect(receiptToMarkdown(receipt)).toContain("| by | `Mia of support` |");
    const marked = receiptToMarkdown({ ...receipt, actor: "` | <img src=x> [a](b)" });
    expect(marked).toContain("| by | `` ` \\| <img src=x> [a](b) `` |");
    expect(verifyReceipts([receipt])).toEqual([]);
    expect(verifyReceipts([{ ...receipt, actor: "somebody" }])).not.toEqual([]);
    expect(events.at(-1)?.actor).toBe("Mia of support");
    expect(events[0]).not.toHaveProperty("actor");
    await memory.organization("acme").onboard();
    const moved = { found: 0, copied: 0 };
    const asked = { calls: 1, inputTokens: 100, outputTokens: 10, rejected: 0 };
    expect(events.map(({ operation, counts }) => [operation, counts])).toEqual([
      ["add", { added: 2 }],
      ["add", { unchanged: 1 }],
      ["add", asked],
      ["search", { found: 2 }],
      ["context", { found: 2 }],
      ["get", { found: 1 }],
      ["getMany", { found: 2 }],
      ["list", { found: 2 }],
      ["count", { found: 2 }],
      ["history", { found: 1 }],
      ["update", { updated: 1 }],
      ["updateMany", { updated: 2 }],
      ["pending", { found: 0 }],
      ["extractPending", { calls: 0, inputTokens: 0, outputTokens: 0, rejected: 0 }],
      ["export", { exported: 2 }],
      ["import", { imported: 2, unchanged: 0, kept: 0, expired: 0 }],
      ["delete", { deleted: 1 }],
      ["deleteMany", { deleted: 0 }],
      ["planForget", { found: 1 }],
      ["forget", { deleted: 1 }],
      ["deleteAll", { deleted: 0 }],
      ["move", moved],
      ["rotateKey", moved],
      ["planReembedding", { found: 0 }],
      ["reembed", moved],
      ["revert", moved],
      ["reembed", moved],
      ["confirm", { deleted: 0 }],
      ["cancelMigration", {}],
      ["namespaces", { found: namespaces.length }],
      ["scopes", { found: 0 }],
      ["planOffboarding", { found: 0 }],
      ["offboard", { deleted: 0 }],
      ["onboard", {}],
    ]);
    const methods = [MemoryScope, Organization].flatMap(({ prototype }) =>
      Object.getOwnPropertyNames(prototype),
    );
    const told = new Set(events.map(({ operation }) => operation));
    // `listAll` is told of as `list`, page by page.
    const silent = ["constructor", "scope", "orgId", "listAll", "allScopes"];
    expect(told).toEqual(new Set(methods.filter((name) => !silent.includes(name))));
    for (const event of events) {
      expect(event.outcome).toBe("succeeded");
      expect(event.at).toBeInstanceOf(Date);
      expect(event.duration).toBeGreaterThanOrEqual(0);
      expect(Object.isFrozen(event) && Object.isFrozen(event.scope) && Object.isFrozen(event.counts)).toBe(
        true,
      );
    }
    expect(events[0]?.scope).toEqual(alice);
    expect(events.find(({ operation }) => operation === "import")?.scope).toEqual({ orgId: "copy" });
    for (const word of [...secret.split(" ").slice(1), ...ids])
      expect(JSON.stringify(events)).not.toContain(word);
  });

  it("say how an operation failed, and nothing of what was asked", async () => {
    const { memory, events } = listenedTo();
    await memory.update("absent", { text: secret }, alice).catch(() => {});
    await memory.add(secret, { ...alice, infer: false });
    await memory.search(secret, { ...alice, signal: AbortSignal.abort() }).catch(() => {});
    await memory.organization("acme").offboard();
    await memory.add(secret, alice).catch(() => {});
    expect(events.map(({ operation, outcome, code }) => [operation, outcome, code])).toEqual([
      ["update", "failed", "MEMORY_NOT_FOUND"],
      ["add", "succeeded", undefined],
      ["search", "aborted", "AbortError"],
      ["offboard", "succeeded", undefined],
      ["add", "failed", "ORGANIZATION_GONE"],
    ]);
    expect(JSON.stringify(events)).not.toContain("zebra");
    // Bad input is no operation.
    await memory.search("", alice).catch(() => {});
    expect(events).toHaveLength(5);
    expect(() => memory.subscribe("log" as never)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });

  it("report an export when its stream ends, with what was exported", async () => {
    const { memory, events } = listenedTo();
    const many = Array.from({ length: 450 }, (_, index) => `memory ${index}`);
    await memory.add(many, { ...alice, infer: false });
    const acme = memory.organization("acme");
    const reported = () => {
      const last = events.at(-1);
      return last?.operation === "export" ? [last.outcome, last.code, last.counts.exported] : undefined;
    };
    for (const gzip of [false, true]) {
      const whole = await acme.export({ gzip });
      expect(reported()).toBeUndefined();
      await new Response(whole).arrayBuffer();
      expect(reported()).toEqual(["succeeded", undefined, 450]);
      events.length = 0;
    }

    const reader = (await memory.scope(alice).export()).getReader();
    await reader.read();
    await reader.read();
    expect(reported()).toBeUndefined();
    await reader.cancel();
    const [outcome, code, exported] = reported() ?? [];
    expect([outcome, code]).toEqual(["aborted", "AbortError"]);
    // The stream holds one page ahead of its reader.
    expect([200, 400]).toContain(exported);

    events.length = 0;
    const controller = new AbortController();
    const aborted = await acme.export({ signal: controller.signal, onProgress: () => controller.abort() });
    await expect(new Response(aborted).arrayBuffer()).rejects.toThrow();
    expect(reported()).toEqual(["aborted", "AbortError", 200]);

    const leaving = await acme.export();
    await acme.offboard();
    await expect(new Response(leaving).arrayBuffer()).rejects.toThrow();
    expect(reported()?.slice(0, 2)).toEqual(["failed", "ORGANIZATION_GONE"]);
    await expect(acme.export()).rejects.toMatchObject({ code: "ORGANIZATION_GONE" });
    expect(events.map(({ operation, outcome }) => [operation, outcome]).slice(-3)).toEqual([
      ["offboard", "succeeded"],
      ["export", "failed"],
      ["export", "failed"],
    ]);
    expect(events.at(-1)?.counts).toEqual({});
  });

  it("end with their subscription, and a listener that fails harms nobody", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => said.mockRestore());
    const { memory, events, end } = listenedTo();
    memory.subscribe(() => {
      throw new Error("the log is full");
    });
    await memory.organization("acme").onboard();
    expect(events).toHaveLength(1);
    expect(said).toHaveBeenCalledOnce();
    end();
    await memory.organization("acme").onboard();
    expect(events).toHaveLength(1);
  });
});

import {
  type AuditEvent,
  defineKeyProvider,
  inMemory,
  Memory,
  receiptToMarkdown,
  verifyReceipts,
} from "@loci/core";
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
    await memory.get([...ids, "absent"], alice);
    await memory.list(alice);
    await memory.history(ids[0] ?? "", alice);
    await memory.update(ids[0] ?? "", { text: `${secret}!` }, alice);
    await memory.extractPending(alice);
    const dump = await memory.exportOrganization({ orgId: "acme" });
    await memory.importOrganization(dump, { orgId: "acme", as: "copy" });
    await memory.delete(ids[1] ?? "", alice);
    await memory.forget({ ...alice, dryRun: true });
    await memory.forget(alice);
    await memory.deleteAll({ orgId: "acme" });
    const [acme] = (await memory.organizations()).organizations.filter(({ orgId }) => orgId === "acme");
    await memory.move({ orgId: "acme", to: { cell: acme?.cell === "one" ? "two" : "one" } });
    await memory.rotateKey({ orgId: "acme" });
    await memory.reembed({ orgId: "acme", embedder: former });
    await memory.revertReembedding({ orgId: "acme" });
    await memory.reembed({ orgId: "acme", embedder: former });
    await memory.confirmReembedding({ orgId: "acme" });
    await memory.cancelMigration({ orgId: "acme" });
    const receipt = await memory.offboard({ orgId: "acme", actor: "Mia of support" });
    expect(receipt.actor).toBe("Mia of support");
    expect(receiptToMarkdown(receipt)).toContain("| by | `Mia of support` |");
    expect(verifyReceipts([receipt])).toEqual([]);
    expect(verifyReceipts([{ ...receipt, actor: "somebody" }])).not.toEqual([]);
    expect(events.at(-1)?.actor).toBe("Mia of support");
    expect(events[0]).not.toHaveProperty("actor");
    await memory.onboard({ orgId: "acme" });
    const moved = { found: 0, copied: 0 };
    const asked = { calls: 1, inputTokens: 100, outputTokens: 10, rejected: 0 };
    expect(events.map(({ operation, counts }) => [operation, counts])).toEqual([
      ["add", { added: 2 }],
      ["add", { unchanged: 1 }],
      ["add", asked],
      ["search", { found: 2 }],
      ["context", { found: 2 }],
      ["get", { found: 1 }],
      ["get", { found: 2 }],
      ["list", { found: 2 }],
      ["history", { found: 1 }],
      ["update", { updated: 1 }],
      ["extractPending", { calls: 0, inputTokens: 0, outputTokens: 0, rejected: 0 }],
      ["export", { exported: 2 }],
      ["import", { imported: 2, unchanged: 0, kept: 0, expired: 0 }],
      ["delete", { deleted: 1 }],
      ["forget", { found: 1 }],
      ["forget", { deleted: 1 }],
      ["deleteAll", { deleted: 0 }],
      ["move", moved],
      ["rotateKey", moved],
      ["reembed", moved],
      ["revertReembedding", moved],
      ["reembed", moved],
      ["confirmReembedding", { deleted: 0 }],
      ["cancelMigration", {}],
      ["offboard", { deleted: 0 }],
      ["onboard", {}],
    ]);
    const methods = Object.getOwnPropertyNames(Memory.prototype);
    const silent = ["constructor", "scope", "organizations", "receipts", "subscribe", "close"];
    const told = new Set(events.map(({ operation }) => operation.toLowerCase()));
    for (const method of methods.filter((name) => !silent.includes(name)))
      expect(
        [...told].some((operation) => method.toLowerCase().startsWith(operation)),
        method,
      ).toBe(true);
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
    await memory.offboard({ orgId: "acme" });
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

  it("end with their subscription, and a listener that fails harms nobody", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue();
    onTestFinished(() => said.mockRestore());
    const { memory, events, end } = listenedTo();
    memory.subscribe(() => {
      throw new Error("the log is full");
    });
    await memory.onboard({ orgId: "acme" });
    expect(events).toHaveLength(1);
    expect(said).toHaveBeenCalledOnce();
    end();
    await memory.onboard({ orgId: "acme" });
    expect(events).toHaveLength(1);
  });
});

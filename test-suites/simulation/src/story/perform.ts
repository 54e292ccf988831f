import {
  type DeleteResult,
  type Embedder,
  type ErasureReceipt,
  LociError,
  type Memory,
  type MemoryItem,
} from "@loci/core";
import type { Answer, Call, Sighting } from "./call.ts";
import { canariesIn, canaryText, canaryWord } from "./canary.ts";

/** What a process has for its calls. */
export interface Caller {
  readonly memory: Memory;
  readonly embedders: Readonly<Record<string, Embedder>>;
}

/** Makes a call, and says what it came to. It never throws. */
export async function perform(caller: Caller, call: Call, signal: AbortSignal): Promise<Answer> {
  try {
    return { outcome: "done", sightings: [], ...(await run(caller, call, signal)) };
  } catch (error) {
    if (signal.aborted && error === signal.reason)
      return { outcome: "aborted", message: String(error), isTyped: true };
    const isTyped = LociError.isInstance(error);
    return {
      outcome: "failed",
      ...(isTyped ? { code: error.code, retryable: error.retryable } : {}),
      message: isTyped
        ? error.message
        : error instanceof Error
          ? (error.stack ?? String(error))
          : String(error),
      isTyped,
    };
  }
}

type Done = Partial<Extract<Answer, { outcome: "done" }>>;

async function run({ memory, embedders }: Caller, call: Call, signal: AbortSignal): Promise<Done> {
  const { orgId, userId, canaries = [], id = "", takeOver = false } = call;
  const scope = memory.scope({ orgId, ...(userId ? { userId } : {}) });
  const organization = memory.organization(orgId);
  const options = { signal };
  const now = Date.now();
  const word = canaryWord(canaries[0] ?? 0);
  switch (call.name) {
    case "add": {
      const texts = canaries.map(canaryText);
      const { results } = await scope.add(
        call.isConversation ? texts.map((content) => ({ role: "user" as const, content })) : texts,
        {
          infer: call.infer ?? false,
          ...(call.key === undefined ? {} : { key: call.key }),
          ...(call.expiresIn ? { expiresAt: new Date(now + call.expiresIn) } : {}),
          ...options,
        },
      );
      return { ids: Object.fromEntries(results.map((result) => [canariesIn(result.text)[0], result.id])) };
    }
    case "update":
      await scope.update(
        id,
        { text: canaryText(canaries[0] ?? 0), ...(call.keeps ? { expiresAt: null } : {}) },
        options,
      );
      return {};
    case "delete":
      return leftBy(await scope.delete(id, options));
    case "deleteAll":
      return leftBy(await scope.deleteAll(options));
    case "forget":
      return receiptOf(await scope.forget(options));
    case "offboard":
      return receiptOf(await organization.offboard(options));
    case "onboard":
      await organization.onboard(options);
      return {};
    case "move":
      return receiptOf(
        (await organization.move({ to: { cell: call.cell ?? "" }, takeOver, ...options })).receipt,
      );
    case "reembed": {
      const embedder = embedders[call.embedder ?? ""] ?? null;
      return receiptOf((await organization.reembed({ embedder, takeOver, ...options })).receipt);
    }
    case "rotateKey":
      return receiptOf((await organization.rotateKey({ takeOver, ...options })).receipt);
    case "revert":
      return receiptOf((await organization.revert({ takeOver, ...options })).receipt);
    case "confirm":
      return receiptOf(await organization.confirm(options));
    case "cancelMigration":
      await organization.cancelMigration(options);
      return {};
    case "import":
      await organization.import(bytesOf(call.dump ?? ""), {
        ...(call.from ? { from: call.from } : {}),
        conflicts: call.conflicts ?? "refuse",
        ...options,
      });
      return {};
    case "export": {
      const dump = await readAll(await (userId ? scope : organization).export(options));
      const sightings = canariesIn(dump).map((canary): Sighting => ({ canary, as: "dump" }));
      return userId ? { sightings } : { sightings, dump };
    }
    case "planOffboarding":
      return { namespace: (await organization.planOffboarding(options)).namespace };
    case "namespaces": {
      const listed = (await organization.namespaces(options)).map(
        ({ namespace, removedAt }) => [namespace, removedAt ? "gone" : "there"] as const,
      );
      return { listed: Object.fromEntries(listed) };
    }
    case "receipts":
      return { ledger: (await memory.receipts({ limit: 1000, ...options })).receipts };
    case "search":
      return { sightings: sightingsOf(await scope.search(word, { limit: 50, ...options }), now) };
    case "context": {
      const { text } = await scope.context(word, options);
      return { sightings: canariesIn(text).map((canary) => ({ canary, as: "context" })) };
    }
    case "list": {
      const { memories } = await scope.list({ levels: "within", limit: 500, ...options });
      return { sightings: sightingsOf(memories, now) };
    }
    case "get": {
      const item = await scope.get(id, options);
      return { sightings: item ? sightingsOf([item], now) : [] };
    }
    case "history": {
      const entries = await scope.history(id, options);
      const all = entries.flatMap(({ text }) => canariesIn(text));
      return {
        sightings: all.map((canary, index) => ({
          canary,
          id,
          as: index === all.length - 1 ? "current" : "former",
        })),
      };
    }
  }
}

function leftBy({ residue }: DeleteResult): Done {
  return residue.some(({ where }) => where.includes("copy of a migration")) ? { leavesCopy: true } : {};
}

function receiptOf(receipt: ErasureReceipt | null): Done {
  return receipt ? { receipt } : {};
}

function sightingsOf(items: readonly MemoryItem[], now: number): readonly Sighting[] {
  return items.flatMap((item) =>
    canariesIn(item.text).map((canary) => ({
      canary,
      id: item.id,
      ...(item.scope.userId ? { userId: item.scope.userId } : {}),
      ...(item.key === undefined ? {} : { key: item.key }),
      as: "current" as const,
      isExpired: item.expiresAt !== undefined && item.expiresAt.getTime() <= now,
    })),
  );
}

async function* bytesOf(dump: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(dump);
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  const reader = stream.getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += decoder.decode(value, { stream: true });
  }
}

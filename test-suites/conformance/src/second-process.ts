import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { VectorStore } from "@loci/core/store";
import { remoteStore } from "./processes/remote-store.ts";
import { serveStore } from "./processes/serve-store.ts";
import { type Answer, fromWire, type Order, toWire } from "./processes/wire.ts";

/** Options of `secondProcess`. */
export interface SecondProcessOptions {
  /** What `openStore` of the module is called with: anything that can be cloned. Default: nothing. */
  readonly values?: readonly unknown[];
  /** The options of Node. Default: those that this process runs with. */
  readonly execArgv?: readonly string[];
}

/**
 * Makes a store in a process of its own, for `second` of a harness: what the store keeps in its process, this one does not have.
 * @param module the address of a file that exports `openStore(...values)`, which returns the store, or a promise of it
 * @throws the error of the module, or of its process, where no store comes of it
 * @example
 * ```ts
 * export const openStore = (directory: string) => jsonFiles(directory);
 * const second = () => secondProcess(import.meta.url, { values: [directory] });
 * ```
 */
export async function secondProcess(
  module: string | URL,
  { values = [], execArgv = process.execArgv }: SecondProcessOptions = {},
): Promise<VectorStore> {
  const child = fork(self, [String(module)], { execArgv: [...execArgv], serialization: "advanced" });
  const calls = new Map<number, PromiseWithResolvers<unknown>>();
  const isReady = Promise.withResolvers<Extract<Answer, { ready: unknown }>["ready"]>();
  const ended = once(child, "exit").then(([code, signal]) => {
    const error = new Error(`The second process has ended with ${code ?? signal}.`);
    for (const one of [isReady, ...calls.values()]) one.reject(error);
  });
  child.on("message", (answer: Answer) => {
    if ("ready" in answer) return isReady.resolve(answer.ready);
    if ("failed" in answer) return isReady.reject(fromWire(answer.failed));
    if ("error" in answer) calls.get(answer.call)?.reject(fromWire(answer.error));
    else calls.get(answer.call)?.resolve(answer.value);
  });
  child.send(values);
  const facts = await isReady.promise.catch(async (error: unknown) => {
    child.kill();
    await ended;
    throw error;
  });
  let next = 0;
  const call = async <T>(
    on: "store" | number,
    method: string,
    { signal, ...request }: { readonly signal?: AbortSignal },
  ): Promise<T> => {
    signal?.throwIfAborted();
    const number = next++;
    const answered = Promise.withResolvers<unknown>();
    calls.set(number, answered);
    // Whoever aborts has the reason itself, and not the copy that comes back.
    const abort = () => {
      send(child, { abort: number, reason: undefined });
      answered.reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort);
    try {
      send(child, { call: number, on, method, request });
      return (await answered.promise) as T;
    } finally {
      signal?.removeEventListener("abort", abort);
      calls.delete(number);
    }
  };
  let closing: Promise<void> | undefined;
  const close = async () => {
    await call("store", "close", {});
    child.disconnect();
    await ended;
  };
  return remoteStore(facts, call, () => (closing ??= close()));
}

function send(child: ChildProcess, order: Order): void {
  if (!child.connected) throw new Error("The second process has ended.");
  child.send(order);
}

/** This file is also the program of the second process. */
const self = fileURLToPath(import.meta.url);

async function serve(module: string): Promise<void> {
  // Where whoever has asked is gone, nobody waits for an answer.
  const answer = (one: Answer) => process.connected && process.send?.(one, undefined, undefined, () => {});
  process.once("message", async (values: readonly unknown[]) => {
    try {
      const { openStore } = (await import(module)) as {
        openStore?: (...values: readonly unknown[]) => VectorStore | Promise<VectorStore>;
      };
      if (!openStore) throw new Error(`${module} exports no function openStore, which makes the store.`);
      const store = await openStore(...values);
      process.on("message", serveStore(store, answer));
      const { name, capabilities, leftovers } = store;
      answer({ ready: { name, capabilities, leftovers: leftovers !== undefined } });
    } catch (error) {
      answer({ failed: toWire(error) });
    }
  });
  // Whoever has started this process is gone.
  process.once("disconnect", () => process.exit());
}

if (process.send && process.argv[1] === self) await serve(process.argv[2] ?? "");

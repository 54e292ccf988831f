import type { Namespace, VectorStore } from "@loci/core/store";
import { mintAgain } from "./mint-again.ts";
import { type Answer, type NamespaceFacts, type Order, toWire } from "./wire.ts";

/** Answers the calls of the process that has forked this one, on a store. */
export function serveStore(store: VectorStore, answer: (answer: Answer) => void): (order: Order) => void {
  const namespaces: Namespace[] = [];
  const running = new Map<number, AbortController>();
  const perform = async (order: Extract<Order, { method: string }>): Promise<unknown> => {
    const { on, method, request } = order;
    const target = on === "store" ? store : namespaces[on];
    const methods = target as unknown as Record<string, (request: unknown) => Promise<unknown>>;
    const controller = new AbortController();
    running.set(order.call, controller);
    const given = mintAgain(request as Record<string, unknown>);
    const value = await methods[method]?.({ ...given, signal: controller.signal });
    if (on !== "store" || method !== "open") return value;
    const opened = value as Namespace;
    const number = namespaces.push(opened) - 1;
    const { manifest, searchText, residue } = opened;
    return {
      number,
      manifest,
      searchText: searchText !== undefined,
      residue: residue !== undefined,
    } satisfies NamespaceFacts;
  };
  return (order) => {
    if ("abort" in order) {
      running.get(order.abort)?.abort(order.reason);
      return;
    }
    const { call } = order;
    perform(order)
      .then(
        (value) => answer({ call, value }),
        (error: unknown) => answer({ call, error: toWire(error) }),
      )
      .finally(() => running.delete(call));
  };
}

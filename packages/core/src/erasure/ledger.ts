import { noExpiry } from "../filter/filter.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import { digest, uuid } from "../store/digest.ts";
import type { VectorRecord } from "../store/vector-store.ts";
import {
  type SystemNamespace,
  systemScopeFilter as scope,
  systemScopeKey as scopeKey,
} from "../tenancy/system-namespace.ts";
import { Turns } from "../util/turns.ts";
import type { ErasureReceipt, LedgerEntry } from "./receipt.ts";

type Signal = { readonly signal?: AbortSignal };

/** The chain of a deployment's receipts. An entry records that a receipt exists, never whom it concerns. */
export class Ledger {
  readonly #namespace: SystemNamespace;
  readonly #turns = new Turns();

  constructor(namespace: SystemNamespace) {
    this.#namespace = namespace;
  }

  /** Adds a receipt to the chain. @param make makes the receipt that follows the last entry */
  async add(
    make: (last: LedgerEntry | undefined) => ErasureReceipt,
    options: Signal,
  ): Promise<ErasureReceipt> {
    return this.#turns.take("ledger", { ...options, maxWait }, async () => {
      for (;;) {
        const [last] = (await this.list(1, undefined, options)).entries;
        const receipt = make(last);
        const { sequence, kind, previous, digest: own } = receipt;
        const at = receipt.at.getTime();
        const namespace = await this.#namespace.openOrCreate(options);
        const record: VectorRecord = {
          // One receipt of each number: where another process was faster, this one follows it.
          id: uuid(digest("receipt", String(sequence))),
          expected: "absent",
          namespace: namespace.key,
          scopeKey,
          // Orders by sequence number, since the clocks of two processes may differ.
          fields: {
            $createdAt: sequence,
            $validFrom: at,
            $validTo: noExpiry,
            $expiresAt: noExpiry,
            event: "receipt",
          },
          keywords: { own: [], before: [], after: [] },
          payload: JSON.stringify({ sequence, kind, at, previous, digest: own }),
        };
        const conflicts = await namespace.upsert({ records: [record], ...options });
        if (conflicts.length === 0 || (await isStored(namespace, record, options))) return receipt;
      }
    });
  }

  /** The entries, newest first. */
  async list(
    limit: number,
    cursor: string | undefined,
    options: Signal,
  ): Promise<{ readonly entries: readonly LedgerEntry[]; readonly cursor?: string }> {
    const namespace = await this.#namespace.find(options);
    if (!namespace) return { entries: [] };
    const page = await namespace.list({
      scope,
      filter: { type: "in", field: "event", values: ["receipt"], negated: false },
      limit,
      ...(cursor === undefined ? {} : { cursor }),
      ...options,
    });
    const entries = page.records.map(({ payload }): LedgerEntry => {
      const entry = JSON.parse(payload) as Omit<LedgerEntry, "at"> & { readonly at: number };
      return { ...entry, at: new Date(entry.at) };
    });
    return { entries, ...(page.cursor === undefined ? {} : { cursor: page.cursor }) };
  }
}

/** How long a receipt waits for the one before it, in milliseconds. */
const maxWait = 2000;

/** Whether a conflict is with itself: a request whose answer was lost is repeated. */
async function isStored(
  namespace: VerifiedNamespace,
  { id, payload }: VectorRecord,
  options: Signal,
): Promise<boolean> {
  const [stored] = await namespace.get({ ids: [id], scope, ...options });
  return stored?.payload === payload;
}

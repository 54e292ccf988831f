import type { Counts } from "../guard/audit.ts";
import { fail } from "../input/fail.ts";
import { assertObject } from "../records/check-parts.ts";
import type { InnerScope } from "../scope/scope.ts";
import { base32, digest } from "../store/digest.ts";
import type { NamespaceKey } from "../store/namespace-key.ts";
import type { Residue } from "../store/vector-store.ts";
import { describe } from "../util/describe.ts";
import { markdownCode } from "../util/markdown.ts";
import { readUntrusted } from "../util/read-untrusted.ts";

/**
 * The proof of an erasure: what was erased and when, which checks passed, and what the backend still holds.
 * @example
 * ```ts
 * const { memories, checks, residue }: ErasureReceipt = await alice.forget({ actor: "support/mia" });
 * ```
 */
export interface ErasureReceipt {
  readonly version: 1;
  /**
   * `forget`: everything at a scope and below it. `offboard`: a whole organization. `move`, `reembed`, `rekey`: the
   * former namespace of an organization after a move, a re-embedding or a key rotation.
   */
  readonly kind: "forget" | "offboard" | "move" | "reembed" | "rekey";
  readonly deployment: string;
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;
  /** The forgotten scope; empty for a whole organization. */
  readonly scope: InnerScope;
  readonly generation: number;
  /** The namespace that was dropped or deleted from, by its name in the backend. */
  readonly namespace: NamespaceKey;
  /** The store's name; "none" where the organization has never stored anything. */
  readonly store: string;
  /** When it was erased. */
  readonly at: Date;
  /** Who requested it, if the call named an actor. */
  readonly actor: string | null;
  /** How many memories were erased; null when an earlier call had already dropped them. */
  readonly memories: number | null;
  /** The checks that passed afterwards. A failed check throws an error instead. Nothing else was checked. */
  readonly checks: readonly string[];
  /** What the backend still holds, and what clears it. */
  readonly residue: readonly Residue[];
  /** Counts the receipts of the deployment, from 1. */
  readonly sequence: number;
  /** The digest of the previous receipt, null for the first. Removing a receipt breaks this chain. */
  readonly previous: string | null;
  /** SHA-256 of all fields above, in base32. */
  readonly digest: string;
}

/**
 * What the deployment stores of a receipt: no organization, no user, no text.
 * @example
 * ```ts
 * const [last]: readonly LedgerEntry[] = (await memory.receipts({ limit: 1 })).receipts;
 * ```
 */
export interface LedgerEntry {
  readonly sequence: number;
  readonly kind: ErasureReceipt["kind"];
  readonly at: Date;
  readonly previous: string | null;
  readonly digest: string;
}

/**
 * One page of the ledger of receipts.
 * @example
 * ```ts
 * const { receipts }: LedgerPage = await memory.receipts();
 * const problems = verifyReceipts([receipt], receipts);
 * ```
 */
export interface LedgerPage {
  /** Those given last first. */
  readonly receipts: readonly LedgerEntry[];
  /** Where the next page starts; absent on the last. */
  readonly cursor?: string;
}

/**
 * What `planForget` and `planOffboarding` return: what would be erased.
 * @example
 * ```ts
 * const { memories }: ErasurePlan = await acme.planOffboarding();
 * ```
 */
export interface ErasurePlan {
  readonly kind: "plan";
  readonly orgId: string | null;
  readonly scope: InnerScope;
  readonly namespace: NamespaceKey;
  /** The store's name; "none" where the organization has never stored anything. */
  readonly store: string;
  /** How many memories would be erased. */
  readonly memories: number;
  /** What the backend would still hold, and what clears it. */
  readonly residue: readonly Residue[];
}

/** How many memories went, for an audit event. */
export function countErased({ memories }: ErasureReceipt): Counts {
  return { deleted: memories ?? 0 };
}

/** Completes a receipt with its sequence number, its link and its digest. */
export function sealReceipt(
  content: Omit<ErasureReceipt, "digest" | "previous" | "sequence">,
  last: Pick<LedgerEntry, "digest" | "sequence"> | undefined,
): ErasureReceipt {
  const open = { ...content, sequence: (last?.sequence ?? 0) + 1, previous: last?.digest ?? null };
  return Object.freeze({ ...open, digest: digestOf(open) });
}

/**
 * Verifies receipts of one deployment. Compares each receipt with its digest, and with the previous receipt if that
 * is given. With the ledger, also finds missing receipts.
 * @param receipts receipts, or their parsed JSON, in any order
 * @param ledger every entry of the deployment, from `memory.receipts()`
 * @returns the problems in words; empty when there are none
 * @throws InvalidInputError for anything but lists
 * @example
 * ```ts
 * const { receipts } = await memory.receipts();
 * const problems = verifyReceipts([receipt], receipts); // [] when nothing was changed or removed
 * ```
 */
export function verifyReceipts(
  receipts: readonly ErasureReceipt[],
  ledger?: readonly LedgerEntry[],
): readonly string[] {
  assertObjects(receipts, "receipts");
  if (ledger !== undefined) assertObjects(ledger, "ledger");
  return readUntrusted("receipts", () => problemsOf(receipts, ledger));
}

function problemsOf(
  receipts: readonly ErasureReceipt[],
  ledger: readonly LedgerEntry[] | undefined,
): readonly string[] {
  const problems: string[] = [];
  for (const receipt of receipts) {
    if (!isWhole(receipt)) problems.push(`Receipt ${receipt.sequence} was changed.`);
  }
  const chain = [...(ledger ?? receipts)].sort((a, b) => a.sequence - b.sequence);
  for (const [index, entry] of chain.entries()) {
    const before = chain[index - 1];
    const expected = before?.digest ?? (ledger ? null : entry.previous);
    const isNext = !before || before.sequence + 1 === entry.sequence;
    if (ledger && index === 0 && entry.sequence !== 1) problems.push("The first receipts are missing.");
    else if (!isNext && ledger)
      problems.push(`Between receipts ${before?.sequence} and ${entry.sequence} some are missing.`);
    else if (isNext && entry.previous !== expected)
      problems.push(`Receipt ${entry.sequence} does not follow the one before it.`);
  }
  if (ledger) {
    const known = new Set(ledger.map((entry) => entry.digest));
    for (const { sequence, digest: own } of receipts)
      if (!known.has(own)) problems.push(`Receipt ${sequence} is not one of this deployment's.`);
  }
  return problems;
}

const titles: { readonly [kind in ErasureReceipt["kind"]]: string } = {
  forget: "forgotten",
  offboard: "offboarded",
  move: "purged after a move",
  reembed: "purged after a re-embedding",
  rekey: "purged after a change of keys",
};

/** @throws InvalidInputError for anything but a list of objects */
function assertObjects(value: readonly object[], path: string): void {
  readUntrusted(path, () => {
    if (!Array.isArray(value)) fail(path, `must be a list, not ${describe(value)}`);
    for (const [index, item] of value.entries()) assertObject(item, `${path}[${index}]`);
  });
}

/** Whether a receipt has the digest of what it says. One that lacks a part was changed. */
function isWhole(receipt: ErasureReceipt): boolean {
  try {
    return digestOf(receipt) === receipt.digest;
  } catch {
    return false;
  }
}

/**
 * Renders a receipt for people, in Markdown.
 * @throws InvalidInputError for anything but a receipt, or its parsed JSON
 * @example
 * ```ts
 * console.log(receiptToMarkdown(receipt));
 * ```
 */
export function receiptToMarkdown(receipt: ErasureReceipt): string {
  return readUntrusted("receipt", () => render(receipt));
}

function render(receipt: ErasureReceipt): string {
  const { kind, orgId, scope, memories, residue, checks } = receipt;
  const who = [
    ...(orgId === null ? [] : [["organization", orgId]]),
    ...Object.entries(scope).map(([level, id]) => [level.replace("Id", ""), id]),
  ];
  const cell = (text: string) => text.replaceAll("|", "\\|").replace(/[\r\n]+/g, " ");
  // A path may have any name: it begins no tag and no link.
  const plain = (text: string) => cell(text).replace(/[<[]/g, "\\$&");
  return [
    `# Receipt ${receipt.sequence}: ${titles[kind]}`,
    "",
    "| | |",
    "|---|---|",
    ...who.map(([level = "", id = ""]) => `| ${level} | ${markdownCode(cell(id))} |`),
    `| when | ${new Date(receipt.at).toISOString()} |`,
    ...(receipt.actor === null ? [] : [`| by | ${markdownCode(cell(receipt.actor))} |`]),
    `| deployment | ${markdownCode(cell(receipt.deployment))}, generation ${receipt.generation} of the organization |`,
    `| store | ${receipt.store}, namespace \`${receipt.namespace}\` |`,
    `| memories removed | ${memories ?? "unknown: an earlier call removed them"} |`,
    "",
    "## What was checked afterwards",
    "",
    ...checks.map((check) => `- ${check}`),
    "",
    "Nothing else was checked.",
    "",
    "## What the backend still holds",
    "",
    ...(residue.length === 0
      ? ["Nothing known to its adapter."]
      : [
          "| where | until |",
          "|---|---|",
          ...residue.map((left) => `| ${plain(left.where)} | ${plain(left.clearedBy)} |`),
        ]),
    "",
    "Backups, logs and copies outside this store are not known to it.",
    "",
    `Digest \`${receipt.digest}\`, after \`${receipt.previous ?? "none"}\`.`,
    "",
  ].join("\n");
}

/** Equal for a receipt and its parsed JSON. */
function digestOf(receipt: Omit<ErasureReceipt, "digest">): string {
  const { version, kind, deployment, orgId, scope, generation, namespace, store, at, memories } = receipt;
  const { checks, residue, sequence, previous, actor } = receipt;
  const { userId = null, agentId = null, runId = null } = scope;
  const content = [
    [version, kind, deployment, orgId, userId, agentId, runId, generation, namespace, store],
    [new Date(at).toISOString(), memories, checks, residue.map(({ where, clearedBy }) => [where, clearedBy])],
    [sequence, previous, actor],
  ];
  return base32(digest("receipt", JSON.stringify(content)));
}

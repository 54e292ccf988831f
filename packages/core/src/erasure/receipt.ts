import type { InnerScope } from "../scope/scope.ts";
import { base32, digest } from "../store/digest.ts";
import type { NamespaceKey } from "../store/namespace-key.ts";
import type { Residue } from "../store/vector-store.ts";

/** What was erased, when, how it was checked and what the backend still holds: something to keep, and to show. */
export interface ErasureReceipt {
  readonly version: 1;
  /**
   * `forget`: everything at a scope and below it. `offboard`: everything of an organization, which is gone then. `move`,
   * `reembed`, `rekey`: the namespace that an organization has left for another one, with other vectors, with another key.
   */
  readonly kind: "forget" | "offboard" | "move" | "reembed" | "rekey";
  readonly deployment: string;
  /** The organization, null with single tenancy. */
  readonly orgId: string | null;
  /** What was forgotten inside it; empty for an organization as a whole. */
  readonly scope: InnerScope;
  readonly generation: number;
  /** The namespace that was dropped, or in which was deleted, by its name in the backend. */
  readonly namespace: NamespaceKey;
  readonly store: string;
  /** When it was done. */
  readonly at: Date;
  /** Who did it, where the call said so. */
  readonly actor: string | null;
  /** How many memories went; null when an earlier call had already dropped them. */
  readonly memories: number | null;
  /** What was looked at afterwards, and found empty. Anything else would have been an error; nothing else was looked at. */
  readonly checks: readonly string[];
  /** What the backend still holds, until what clears it. */
  readonly residue: readonly Residue[];
  /** Counts the receipts of the deployment, from 1. */
  readonly sequence: number;
  /** The digest of the receipt before, null for the first: none can be removed without the next one showing it. */
  readonly previous: string | null;
  /** SHA-256 over all of the above, in base32. */
  readonly digest: string;
}

/** What the deployment keeps of a receipt: no organization, no user, no text. */
export interface LedgerEntry {
  readonly sequence: number;
  readonly kind: ErasureReceipt["kind"];
  readonly at: Date;
  readonly previous: string | null;
  readonly digest: string;
}

/** What `planForget` and `planOffboarding` say: what would go. */
export interface ErasurePlan {
  readonly kind: "plan";
  readonly orgId: string | null;
  readonly scope: InnerScope;
  readonly namespace: NamespaceKey;
  readonly store: string;
  /** How many memories would go. */
  readonly memories: number;
  /** What the backend would still hold, until what clears it. */
  readonly residue: readonly Residue[];
}

/** A receipt with its place among those of the deployment. */
export function sealReceipt(
  content: Omit<ErasureReceipt, "digest" | "previous" | "sequence">,
  last: Pick<LedgerEntry, "digest" | "sequence"> | undefined,
): ErasureReceipt {
  const open = { ...content, sequence: (last?.sequence ?? 0) + 1, previous: last?.digest ?? null };
  return Object.freeze({ ...open, digest: digestOf(open) });
}

/**
 * What is wrong with receipts of one deployment, in words; empty when nothing is. Each is compared with its digest, and
 * with the one before it where that is given too; with the deployment's ledger, that none is missing.
 * @param receipts receipts, or what `JSON.parse` makes of them, in any order
 * @param ledger every entry of the deployment, from `memory.receipts()`
 */
export function verifyReceipts(
  receipts: readonly ErasureReceipt[],
  ledger?: readonly LedgerEntry[],
): readonly string[] {
  const problems: string[] = [];
  for (const receipt of receipts) {
    if (digestOf(receipt) !== receipt.digest) problems.push(`Receipt ${receipt.sequence} was changed.`);
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

/** A receipt as a page for people, in Markdown. */
export function receiptToMarkdown(receipt: ErasureReceipt): string {
  const { kind, orgId, scope, memories, residue, checks } = receipt;
  const who = [
    ...(orgId === null ? [] : [["organization", orgId]]),
    ...Object.entries(scope).map(([level, id]) => [level.replace("Id", ""), id]),
  ];
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  return [
    `# Receipt ${receipt.sequence}: ${titles[kind]}`,
    "",
    "| | |",
    "|---|---|",
    ...who.map(([level = "", id = ""]) => `| ${level} | \`${cell(id)}\` |`),
    `| when | ${new Date(receipt.at).toISOString()} |`,
    ...(receipt.actor === null ? [] : [`| by | \`${cell(receipt.actor)}\` |`]),
    `| deployment | \`${cell(receipt.deployment)}\`, generation ${receipt.generation} of the organization |`,
    `| store | ${receipt.store}, namespace \`${receipt.namespace}\` |`,
    `| memories removed | ${memories ?? "none were left from an earlier call"} |`,
    "",
    "## What was looked at afterwards",
    "",
    ...checks.map((check) => `- ${check}`),
    "",
    "Nothing else was looked at.",
    "",
    "## What the backend still holds",
    "",
    ...(residue.length === 0
      ? ["Nothing that its adapter knows of."]
      : [
          "| where | until |",
          "|---|---|",
          ...residue.map((left) => `| ${cell(left.where)} | ${cell(left.clearedBy)} |`),
        ]),
    "",
    "Backups, logs and copies outside this store are not known to it.",
    "",
    `Digest \`${receipt.digest}\`, after \`${receipt.previous ?? "none"}\`.`,
    "",
  ].join("\n");
}

/** The same for a receipt and for what became of it as JSON. */
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

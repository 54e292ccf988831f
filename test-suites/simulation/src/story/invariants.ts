import { type LedgerEntry, verifyReceipts } from "@loci/core";
import { type Call, describeCall, type Sighting } from "./call.ts";
import { type Chronicle, type Entry, isDone } from "./chronicle.ts";
import type { RawNamespace } from "./look.ts";

/** What was promised and did not hold. */
export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}

export const invariants = {
  lost: "An acknowledged write is there, until something removes it.",
  resurrected: "What was deleted is not readable after the acknowledgement.",
  stale: "A read shows what was acknowledged before it.",
  foreign: "A read shows no text of another scope.",
  expired: "A read shows nothing whose time is over.",
  receipt: "What a receipt says is gone is gone.",
  index: "A record is found by its own text and its living neighbours' alone.",
  unlisted: "The registry lists every namespace that exists.",
  unusable: "An organization can be used, or is gone.",
  untyped: "Every error is a typed one.",
  twice: "A key names one memory of a scope.",
  stuck: "Every call ends, an aborted one soon.",
  ledger: "The ledger has every receipt, in one chain.",
} as const;
export type Invariant = keyof typeof invariants;

/** What a call that has ended shows of broken promises. */
export function checkEntry(chronicle: Chronicle, entry: Entry, clocksJump = false): readonly Violation[] {
  const { answer, call } = entry;
  if (!answer) return [];
  if (answer.outcome !== "done")
    return answer.isTyped ? [] : [{ invariant: "untyped", what: `${describeCall(call)}: ${answer.message}` }];
  const found: Violation[] = [];
  const say = (invariant: Invariant, what: string) =>
    found.push({ invariant, what: `${describeCall(call)} ${what}` });
  const { began, ended = began } = entry;
  for (const sighting of answer.sightings) {
    const { canary, id, as, isExpired } = sighting;
    const { readable, why } = chronicle.verdict(canary, call.orgId, began, ended);
    if (readable === "never") {
      const isForeign = chronicle.writersOf(canary, call.orgId).length === 0;
      say(isForeign ? "foreign" : "resurrected", `shows text ${canary} (${as}), although ${why}`);
    }
    if (!isVisible(chronicle, call.userId, call.name, sighting))
      say("foreign", `shows text ${canary} of another user`);
    if (isExpired && !clocksJump) say("expired", `shows text ${canary}, which has expired`);
    const overwriter = as === "current" && id && chronicle.overwriter(canary, id, call.orgId, began);
    if (overwriter)
      say("stale", `shows text ${canary}, although ${describeCall(overwriter.call)} was acknowledged`);
  }
  for (const key of namedTwice(answer.sightings)) say("twice", `shows two memories under ${key}`);
  for (const missing of missingFrom(chronicle, entry)) say("stale", missing);
  return found;
}

/** The keys, with their users, that some memories have more than once. */
function namedTwice(
  memories: readonly { readonly id?: string; readonly userId?: string; readonly key?: string }[],
): readonly string[] {
  const keyed = Map.groupBy(
    memories.filter(({ id, key }) => id !== undefined && key !== undefined),
    ({ userId = "nobody", key }) => `${key} of ${userId}`,
  );
  return [...keyed].flatMap(([name, found]) => (new Set(found.map(({ id }) => id)).size > 1 ? [name] : []));
}

/** Whether a scope sees a text: its own and the organization's; a listing, a dump and a history also what is below. */
function isVisible(
  chronicle: Chronicle,
  userId: string | undefined,
  name: string,
  { canary }: Sighting,
): boolean {
  const owner = chronicle.userOf(canary);
  if (userId !== undefined) return owner === userId || (owner === undefined && name !== "export");
  return owner === undefined || name === "list" || name === "export" || name === "history";
}

/** What a complete read ought to have shown. */
function missingFrom(chronicle: Chronicle, entry: Entry): readonly string[] {
  const { call, answer, began, ended = began } = entry;
  if (answer?.outcome !== "done" || !["list", "search", "history"].includes(call.name)) return [];
  const seen = new Set(answer.sightings.map(({ canary }) => canary));
  return canariesOf(chronicle, call.orgId).flatMap((canary) => {
    if (seen.has(canary)) return [];
    const owner = chronicle.userOf(canary);
    const isCovered =
      call.userId === undefined ? call.name === "list" || owner === undefined : owner === call.userId;
    if (!isCovered) return [];
    if (call.name === "search" && call.canaries?.[0] !== canary) return [];
    const ids = chronicle.idsOf(canary, call.orgId);
    // A text that was kept under a key as well may be in the other one of two memories.
    if (call.name === "history" && (ids.size > 1 || !ids.has(call.id ?? ""))) return [];
    if (call.name !== "history" && mayBeFormer(chronicle, canary, call.orgId)) return [];
    const { readable, why } = chronicle.verdict(canary, call.orgId, began, ended);
    return readable === "must" ? [`does not show text ${canary}, although ${why}`] : [];
  });
}

/** Whether a text may have become a former one: of a memory that was updated, superseded, imported over, or has a key. */
function mayBeFormer(chronicle: Chronicle, canary: number, orgId: string): boolean {
  const ids = chronicle.idsOf(canary, orgId);
  return chronicle.entries.some(
    ({ call }) =>
      call.orgId === orgId &&
      ((call.name === "update" && ids.has(call.id ?? "")) ||
        call.infer === true ||
        call.name === "import" ||
        (call.key !== undefined && isUnder(chronicle, canary, call))),
  );
}

/** Whether a text was written under the key of a call, or may have been. */
function isUnder(chronicle: Chronicle, canary: number, { key, userId, orgId }: Call): boolean {
  return chronicle
    .writersOf(canary, orgId)
    .some(({ call }) => call.name === "add" && call.key === key && call.userId === userId);
}

/** Every text that was written into an organization, or that someone tried to write. */
export function canariesOf(chronicle: Chronicle, orgId: string): readonly number[] {
  return [
    ...new Set(
      chronicle.entries.flatMap(({ call }) =>
        call.orgId === orgId && (call.name === "add" || call.name === "update") ? (call.canaries ?? []) : [],
      ),
    ),
  ];
}

/** From where someone looks at the stores. */
export interface Look {
  readonly now: number;
  /** The names of the namespaces that organizations use, where they are known. */
  readonly inUse?: ReadonlySet<string>;
  /** Those that the registry lists, where it was asked, and whether each was struck out. */
  readonly listed?: ReadonlyMap<string, "there" | "gone">;
  /** Whether everything has come to its end, and the organizations were asked to drop what is left. */
  readonly isLast?: boolean;
}

/** What lies in the stores although it must not. */
export function checkStores(
  chronicle: Chronicle,
  namespaces: readonly RawNamespace[],
  { now, inUse, isLast = false }: Look,
): readonly Violation[] {
  const found: Violation[] = [];
  const role = (key: string) => (!inUse ? "" : inUse.has(key) ? " in use" : " not in use");
  for (const { manifest, records, cell, key } of namespaces) {
    if (manifest.kind !== "organization") continue;
    const mayBeCopy = !isLast && !inUse?.has(key);
    for (const record of records) {
      for (const { canary, where } of record.shows) {
        const { readable, why } = chronicle.verdict(canary, manifest.orgId, now, now, mayBeCopy);
        if (readable === "never")
          found.push({
            invariant: "resurrected",
            what: `${cell} ${key.slice(3, 8)} of ${manifest.orgId}${role(key)} has text ${canary} in the ${where} of ${record.id.slice(0, 6)}, although ${why}`,
          });
      }
    }
  }
  for (const { answer } of chronicle.entries) {
    const receipt = answer?.outcome === "done" ? answer.receipt : undefined;
    if (!receipt || receipt.kind === "forget") continue;
    const stays = namespaces.find(({ key }) => key === receipt.namespace);
    // Whoever was late has made it again, empty, and ended before it could drop it. Whoever walks the list drops it.
    if (stays && (isLast || stays.records.length > 0))
      found.push({
        invariant: "receipt",
        what: `namespace ${receipt.namespace.slice(3, 8)} is there, although the receipt of a ${receipt.kind} says that it can no longer be opened`,
      });
  }
  return found;
}

/** Whether a namespace is empty that a receipt says can no longer be opened. */
export function isMadeAgain(chronicle: Chronicle, { key, records }: RawNamespace): boolean {
  const isNamed = ({ answer }: Entry) => answer?.outcome === "done" && answer.receipt?.namespace === key;
  return records.length === 0 && chronicle.entries.some(isNamed);
}

/**
 * Whether a namespace was struck out and has come up again, empty: what was to make it has arrived late. Whoever walks the list
 * within a day finds it.
 */
export function isMadeLate({ key, records }: RawNamespace, listed: Look["listed"]): boolean {
  return records.length === 0 && listed?.get(key) !== "there";
}

/** What only holds when nothing is under way: the indexes, and the list of namespaces. */
export function checkAtRest(
  chronicle: Chronicle,
  namespaces: readonly RawNamespace[],
  { inUse, listed, isLast = false }: Look,
): readonly Violation[] {
  const found: Violation[] = [];
  for (const namespace of namespaces) {
    const { manifest, cell, key, records } = namespace;
    if (manifest.kind !== "organization") continue;
    const mayBeLate = !isLast && listed?.has(key) && isMadeLate(namespace, listed);
    if (listed?.get(key) !== "there" && !mayBeLate)
      found.push({
        invariant: "unlisted",
        what: `${cell} ${key.slice(3, 8)}, a ${manifest.kind} of ${manifest.orgId}, number ${manifest.generation}`,
      });
    // The copy of a migration that broke off is brought up to date when that goes on.
    if (manifest.key || !inUse?.has(key)) continue;
    const keyed = records.map(({ id, payload, scopeKey }) => ({
      id,
      userId: scopeKey.user,
      key: (JSON.parse(payload) as { key?: string }).key ?? "",
    }));
    for (const name of namedTwice(keyed.filter(({ key }) => key !== "")))
      found.push({ invariant: "twice", what: `${cell} ${key.slice(3, 8)} has two memories under ${name}` });
    const textsOf = new Map(
      records.map((record) => [
        `${record.id} ${record.scopeKey.user}`,
        new Set(record.shows.filter(({ where }) => where === "payload").map(({ canary }) => canary)),
      ]),
    );
    for (const record of records) {
      const { previous, next } = JSON.parse(record.payload) as { previous?: string; next?: string };
      const ofNeighbour = (id: string | undefined) =>
        textsOf.get(`${id} ${record.scopeKey.user}`) ?? new Set();
      const own = ofNeighbour(record.id);
      const explained = {
        payload: own,
        "own keywords": own,
        "keywords of before": ofNeighbour(previous),
        "keywords of after": ofNeighbour(next),
        keywords: new Set([...own, ...ofNeighbour(previous), ...ofNeighbour(next)]),
        vector: new Set([...own, ...ofNeighbour(previous)]),
      };
      for (const { canary, where } of record.shows)
        if (
          !explained[where].has(canary) &&
          !chronicle.expires(canary, manifest.orgId) &&
          !chronicle.cameWith(canary, own, manifest.orgId)
        )
          found.push({
            invariant: "index",
            what: `${cell} ${key.slice(3, 8)} has text ${canary} in the ${where} of ${record.id.slice(0, 6)}, and neither it nor a neighbour says that`,
          });
    }
  }
  return found;
}

/** What the ledger lacks. */
export function checkLedger(chronicle: Chronicle, ledger: readonly LedgerEntry[]): readonly Violation[] {
  const receipts = chronicle.entries.flatMap((entry) =>
    isDone(entry) && entry.answer?.outcome === "done" && entry.answer.receipt ? [entry.answer.receipt] : [],
  );
  return verifyReceipts(receipts, ledger).map((what) => ({ invariant: "ledger", what }));
}

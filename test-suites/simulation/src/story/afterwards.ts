import { type Call, erasures } from "./call.ts";
import { type Chronicle, type Entry, isDone, leavesCopy } from "./chronicle.ts";
import {
  canariesOf,
  checkAtRest,
  checkLedger,
  checkStores,
  isMadeAgain,
  isMadeLate,
  type Violation,
} from "./invariants.ts";
import type { RawNamespace } from "./look.ts";
import { type Dump, firstDonated } from "./plan.ts";

/** What is needed to look at what a story has left. Nothing fails any more. */
export interface Afterwards {
  readonly chronicle: Chronicle;
  readonly dumps: readonly Dump[];
  /** Makes a call in a process that was not there before. */
  ask(call: Call): Promise<Entry>;
  /** Makes a call in every process. */
  askAll(call: Call): Promise<void>;
  /** Looks at the stores, past every memory. */
  look(canaries: readonly number[]): Promise<readonly RawNamespace[]>;
}

/** Looks at what a story has left, by a process that was not there, and past all of them. */
export async function lookAfterwards(afterwards: Afterwards): Promise<readonly Violation[]> {
  const { chronicle, ask, askAll, look } = afterwards;
  const found: Violation[] = [];
  const orgs = [...new Set(chronicle.entries.map(({ call }) => call.orgId))];
  // Whoever wanted something erased, and was not told that it is, calls again.
  const unanswered = chronicle.entries.filter(
    (entry) => (erasures as readonly string[]).includes(entry.call.name) && !isDone(entry),
  );
  for (const { call } of unanswered) await ask(call);
  const lookAll = async (isLast: boolean) => {
    const inUse = new Set<string>();
    const listed = new Map<string, "there" | "gone">();
    for (const orgId of orgs) {
      const list = (await ask({ name: "namespaces", orgId })).answer;
      for (const [name, is] of Object.entries((list?.outcome === "done" && list.listed) || {}))
        listed.set(name, is);
      const { answer } = await ask({ name: "planOffboarding", orgId });
      if (answer?.outcome === "done" && answer.namespace) inUse.add(answer.namespace);
    }
    const raw = await look([...new Set(orgs.flatMap((orgId) => canariesOf(chronicle, orgId)))]);
    const from = { now: chronicle.tick(), inUse, listed, isLast };
    found.push(...checkStores(chronicle, raw, from), ...checkAtRest(chronicle, raw, from));
    return raw.some(
      (one) =>
        one.manifest.kind === "organization" && (isMadeLate(one, listed) || isMadeAgain(chronicle, one)),
    );
  };
  const hasLate = await lookAll(false);
  // What deletions have named as left, and what was made late, goes when someone asks for that.
  if (hasLate || chronicle.entries.some(leavesCopy)) {
    for (const orgId of orgs) {
      const { answer } = await ask({ name: "cancelMigration", orgId });
      if (answer?.outcome === "failed" && answer.code === "ORGANIZATION_GONE")
        await ask({ name: "offboard", orgId });
    }
    await lookAll(true);
  }
  for (const orgId of orgs) {
    await askAll({ name: "list", orgId });
    found.push(...(await findLost(afterwards, orgId)), ...(await tryToUse(afterwards, orgId)));
  }
  const hasReceipt = chronicle.entries.some(({ answer }) => answer?.outcome === "done" && answer.receipt);
  if (!hasReceipt) return found;
  const { answer } = await ask({ name: "receipts", orgId: orgs[0] ?? "acme" });
  if (answer?.outcome === "done") found.push(...checkLedger(chronicle, answer.ledger ?? []));
  return found;
}

/** Texts that have to be there, and are not. */
async function findLost({ chronicle, ask }: Afterwards, orgId: string): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  let isSearched = false;
  for (const canary of canariesOf(chronicle, orgId)) {
    const now = chronicle.tick();
    const { readable, why } = chronicle.verdict(canary, orgId, now, now);
    if (readable !== "must") continue;
    const userId = chronicle.userOf(canary);
    const scope = { orgId, ...(userId === undefined ? {} : { userId }) };
    const shows = ({ answer }: Entry) =>
      answer?.outcome === "done" && answer.sightings.some((sighting) => sighting.canary === canary);
    let isThere = false;
    for (const id of chronicle.idsOf(canary, orgId))
      isThere = isThere || shows(await ask({ name: "history", ...scope, id }));
    if (!isThere)
      found.push({ invariant: "lost", what: `text ${canary} of ${orgId} is not there, although ${why}` });
    // Once is enough: what a search has to show is checked wherever there is one.
    if (!isSearched) await ask({ name: "search", ...scope, canaries: [canary] });
    isSearched = true;
  }
  return found;
}

/** An organization that was not offboarded can be written to and searched. */
async function tryToUse({ chronicle, ask, dumps }: Afterwards, orgId: string): Promise<readonly Violation[]> {
  const found: Violation[] = [];
  const scope = { orgId, userId: "carol", canaries: [firstDonated - 1] } as const;
  const calls = chronicle.entries.map(({ call }) => call).filter((call) => call.orgId === orgId);
  const add = async () => (await ask({ name: "add", ...scope })).answer;
  const isRefused = (why: string) => answer?.outcome === "failed" && answer.message.includes(why);
  const complain = () =>
    found.push({
      invariant: "unusable",
      what: `${orgId}: add: ${answer?.outcome === "done" ? "" : `${answer?.code} ${answer?.message}`}`,
    });
  let answer = await add();
  // An import that broke off is done again by whoever called for it.
  for (const { text, orgId: from } of dumps) {
    if (!isRefused("is being imported") || !calls.some(({ dump }) => dump === text)) continue;
    await ask({ name: "import", orgId, dump: text, ...(from === orgId ? {} : { from }) });
    answer = await add();
  }
  if (isRefused("is being migrated")) {
    complain();
    await ask({ name: "cancelMigration", orgId });
    answer = await add();
  }
  const isGone = answer?.outcome === "failed" && answer.code === "ORGANIZATION_GONE";
  // What was offboarded can be begun anew, whatever became of earlier attempts.
  if (isGone && calls.some(({ name }) => name === "offboard")) {
    await ask({ name: "onboard", orgId });
    answer = await add();
  }
  if (answer?.outcome !== "done") complain();
  else if (!isDone(await ask({ name: "search", ...scope })))
    found.push({ invariant: "unusable", what: `${orgId}: it cannot be searched` });
  return found;
}

import type { LedgerEntry } from "@loci/core";
import { type Call, erasures } from "../story/call.ts";
import { type Entry, isDone } from "../story/chronicle.ts";
import { donatedDump } from "../story/donated-dump.ts";
import {
  canariesOf,
  checkAtRest,
  checkEntry,
  checkLedger,
  checkStores,
  type Violation,
} from "../story/invariants.ts";
import { lookAtStores, singleFields } from "../story/look.ts";
import { type Dump, drawPlan, firstDonated, type Intent, learnDump, resolveIntent } from "../story/plan.ts";
import { Random } from "../story/random.ts";
import { calm, drawProfile, type Profile } from "./profile.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { emptyStores, type Stores, World } from "./world.ts";

/** A story before it is told: who calls what, how the world treats them, and which numbers decide the rest. */
export interface Script {
  readonly seed: number;
  readonly plan: readonly Intent[];
  readonly profile: Profile;
  readonly hasKeys: boolean;
}

/** What became of a script. */
export interface Schedule {
  readonly violations: readonly Violation[];
  /** Those that were expected. */
  readonly known: readonly Violation[];
  readonly steps: number;
  readonly calls: number;
}

/** How a script is played. */
export interface SimulateOptions {
  /** Makes the stores of each world. Default: empty ones in memory. */
  readonly stores?: () => Stores;
  /** Is told every step. */
  readonly tell?: ((line: string) => void) | undefined;
  /** Violations that are known, and let the story go on. Default: none. */
  readonly isKnown?: (violation: Violation) => boolean;
}

const processes = 3;
/** A schedule that takes more steps than this goes in circles. */
const mostSteps = 4000;

/** The story of a seed. */
export function drawScript(seed: number): Script {
  const random = new Random(seed);
  const hasKeys = random.chance(0.15);
  const profile = drawProfile(random);
  return { seed, profile, hasKeys, plan: drawPlan(random, 4 + random.below(9), processes, hasKeys) };
}

/** Plays a script to its end, and looks at what is left. */
export async function simulate(
  { seed, plan, profile, hasKeys }: Script,
  { stores = emptyStores, tell, isKnown = () => false }: SimulateOptions = {},
): Promise<Schedule> {
  // Between two stories, the machine's own events get their turn.
  await new Promise(setImmediate);
  const random = new Random(seed ^ 0x5eed);
  const world = new World({ random, stores: stores(), hasKeys, tell });
  const { chronicle } = world;
  const violations: Violation[] = [];
  const known: Violation[] = [];
  const report = (found: readonly Violation[]) => {
    for (const violation of found) (isKnown(violation) ? known : violations).push(violation);
  };
  const checked = new Set<Entry>();
  const dumps: Dump[] = [await donatedDump()];
  for (const { text } of dumps) learnDump(chronicle, text);
  for (let index = 0; index < processes; index++) world.start(index);

  /** Looks at the calls that have ended since the last look. */
  const check = async () => {
    for (const entry of chronicle.entries) {
      if (!entry.answer || checked.has(entry)) continue;
      checked.add(entry);
      report(checkEntry(chronicle, entry, profile.jump > 0 || profile.skew > 0));
      if (entry.answer.outcome !== "done") continue;
      if (entry.answer.dump !== undefined) dumps.push({ orgId: entry.call.orgId, text: entry.answer.dump });
      if (entry.answer.receipt) report(checkStores(chronicle, await look(), chronicle.tick()));
    }
  };
  const look = () => {
    const canaries = [...new Set(["acme", "rival"].flatMap((orgId) => canariesOf(chronicle, orgId)))];
    return lookAtStores(world.stores, world.created, canaries, singleFields);
  };
  const settle = async (rounds: number) => {
    for (let round = 0; round < rounds && world.isBusy; round++) {
      const goesOn = await world.advance();
      await check();
      if (!goesOn) break;
    }
  };

  world.profile = profile;
  const waiting = [...plan];
  while (waiting.length > 0 && violations.length === 0 && world.step < mostSteps) {
    const next = waiting[0] as Intent;
    const process = world.processes[next.process] as SimulatedProcess;
    const isFirst = waiting.length === plan.length;
    if (process.isAwake && process.running.size < 2 && (!world.isBusy || random.chance(profile.haste))) {
      waiting.shift();
      const call = resolveIntent(next, chronicle, dumps);
      if (call) await world.call(process, call);
      if (call && isFirst && random.chance(0.6)) {
        world.profile = calm;
        await settle(300);
        world.profile = profile;
      }
    } else await world.advance();
    await check();
  }
  await settle(random.below(400));

  // From here on, nothing fails any more.
  world.profile = { ...calm, haste: 1 };
  await world.revive();
  await settle(mostSteps);
  if (world.isBusy) {
    await world.abortAll();
    await settle(200);
    await world.unhang();
    await settle(mostSteps);
  }
  for (const process of world.processes)
    for (const { entry } of process.running)
      report([{ invariant: "stuck", what: `${process.name}: ${entry.call.name} does not end` }]);
  if (violations.length > 0) return { violations, known, steps: world.step, calls: chronicle.entries.length };

  // Leases and heartbeats are over. Everything that is left comes to its end.
  for (let round = 0; round < 500; round++) if (!(await world.advance())) break;
  world.pass(120_000);
  const observer = world.start(processes);
  const ask = async (process: SimulatedProcess, call: Call): Promise<Entry> => {
    const entry = await world.call(process, call);
    await settle(mostSteps);
    await check();
    return entry;
  };
  const orgs = [...new Set(chronicle.entries.map(({ call }) => call.orgId))];
  // Whoever wanted something erased, and was not told that it is, calls again.
  const unanswered = chronicle.entries.filter(
    (entry) => (erasures as readonly string[]).includes(entry.call.name) && !isDone(entry),
  );
  for (const { call } of unanswered) await ask(observer, call);
  const atRest = await look();
  const inUse = await namespacesInUse(world, observer, orgs);
  report([
    ...checkStores(chronicle, atRest, chronicle.tick(), inUse),
    ...checkAtRest(chronicle, atRest, inUse),
  ]);
  for (const orgId of orgs) {
    for (const process of world.processes) {
      await ask(process, { name: "list", orgId });
      if (violations.length > 0) break;
    }
    for (const canary of canariesOf(chronicle, orgId)) {
      const { now } = chronicle;
      if (chronicle.verdict(canary, orgId, now, now).readable !== "must") continue;
      const userId = chronicle.userOf(canary);
      const scope = { orgId, ...(userId === undefined ? {} : { userId }) };
      for (const id of chronicle.idsOf(canary, orgId)) await ask(observer, { name: "history", ...scope, id });
      await ask(observer, { name: "search", ...scope, canaries: [canary] });
    }
    report(missing(world, orgId));
  }
  for (const orgId of orgs) {
    if (violations.length > 0) break;
    report(await tryToUse(world, observer, orgId, ask, dumps));
  }
  if (violations.length === 0) {
    report(checkLedger(chronicle, await ledgerOf(world, observer)));
  }
  return { violations, known, steps: world.step, calls: chronicle.entries.length };
}

/** What the last reads did not find, of what they had to. */
function missing(world: World, orgId: string): readonly Violation[] {
  const { chronicle } = world;
  const now = chronicle.now;
  return canariesOf(chronicle, orgId).flatMap((canary) => {
    const { readable, why } = chronicle.verdict(canary, orgId, now, now);
    const isFound = chronicle.entries.some(
      ({ answer, process }) =>
        process === processes &&
        answer?.outcome === "done" &&
        answer.sightings.some((sighting) => sighting.canary === canary),
    );
    return readable === "must" && !isFound
      ? [{ invariant: "lost" as const, what: `text ${canary} of ${orgId} is not there, although ${why}` }]
      : [];
  });
}

/** An organization that was not offboarded can be written to and searched. */
async function tryToUse(
  world: World,
  observer: SimulatedProcess,
  orgId: string,
  ask: (process: SimulatedProcess, call: Call) => Promise<Entry>,
  dumps: readonly Dump[],
): Promise<readonly Violation[]> {
  const { chronicle } = world;
  const canary = firstDonated - 1;
  const add: Call = { name: "add", orgId, userId: "carol", canaries: [canary] };
  let { answer } = await ask(observer, add);
  const mayBeGone = chronicle.entries.some(({ call }) => call.orgId === orgId && call.name === "offboard");
  // An import that broke off is done again by whoever called for it.
  const imports = chronicle.entries.filter(({ call }) => call.orgId === orgId && call.name === "import");
  if (answer?.outcome === "failed" && answer.message.includes("is being imported") && imports.length > 0) {
    for (const { text, orgId: from } of dumps)
      if (imports.some(({ call }) => call.dump === text)) {
        await ask(observer, { name: "import", orgId, dump: text, ...(from === orgId ? {} : { from }) });
        ({ answer } = await ask(observer, add));
      }
  }
  if (answer?.outcome === "failed" && answer.code === "ORGANIZATION_GONE" && mayBeGone) return [];
  if (answer?.outcome !== "done")
    return [{ invariant: "unusable", what: `${orgId}: add: ${answer?.code} ${answer?.message}` }];
  const found = await ask(observer, { name: "search", orgId, userId: "carol", canaries: [canary] });
  if (found.answer?.outcome === "done") return [];
  return [{ invariant: "unusable", what: `${orgId}: search: ${found.answer?.message}` }];
}

/** The ledger, read in a calm world. */
async function ledgerOf(world: World, observer: SimulatedProcess): Promise<readonly LedgerEntry[]> {
  const read = await world.answer(observer, (memory) => memory.receipts({ limit: 1000 }));
  return read?.receipts ?? [];
}

/** The names of the namespaces that the organizations use. */
async function namespacesInUse(
  world: World,
  observer: SimulatedProcess,
  orgs: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const orgId of orgs) {
    const plan = await world.answer(observer, (memory) => memory.organization(orgId).planOffboarding());
    if (plan) names.add(plan.namespace);
  }
  return names;
}

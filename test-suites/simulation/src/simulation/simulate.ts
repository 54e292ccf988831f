import { lookAfterwards } from "../story/afterwards.ts";
import type { Call } from "../story/call.ts";
import type { Entry } from "../story/chronicle.ts";
import { canariesOf, checkEntry, checkStores, type Violation } from "../story/invariants.ts";
import { lookAtStores, singleFields } from "../story/look.ts";
import { type Bias, type Dump, drawPlan, type Intent, learnDump, resolveIntent } from "../story/plan.ts";
import { Random } from "../story/random.ts";
import { calm, drawProfile, type Profile } from "./profile.ts";
import { sameDump } from "./same-dump.ts";
import type { SimulatedProcess } from "./simulated-process.ts";
import { emptyStores, type Stores, World } from "./world.ts";

/** A story before it is told: who calls what, how the world treats them, and which numbers decide the rest. */
export interface Script {
  readonly seed: number;
  readonly plan: readonly Intent[];
  readonly profile: Profile;
  readonly hasKeys: boolean;
  /** Whether the stores write some records before others in one call. */
  readonly ordersWrites: boolean;
}

/** What became of a script. */
export interface Schedule {
  readonly violations: readonly Violation[];
  readonly steps: number;
  readonly calls: number;
}

/** How a script is played. */
export interface SimulateOptions {
  /** Makes the stores of each world. Default: empty ones in memory. */
  readonly stores?: () => Stores;
  /** Is told every step. */
  readonly tell?: ((line: string) => void) | undefined;
}

const processes = 3;
/** A schedule that takes more steps than this goes in circles. */
const mostSteps = 4000;

/**
 * The story of a seed.
 * @param bias what there is more of in it
 * @param world what is decided of how the world treats the processes
 */
export function drawScript(seed: number, bias?: Bias, world?: Partial<Profile>): Script {
  const random = new Random(seed);
  const hasKeys = random.chance(bias?.keys ?? 0.15);
  const profile = { ...drawProfile(random), ...world };
  const plan = drawPlan(random, 4 + random.below(9), processes, hasKeys, bias);
  return { seed, profile, hasKeys, plan, ordersWrites: random.chance(0.5) };
}

/** Plays a script to its end, and looks at what is left. */
export async function simulate(
  { seed, plan, profile, hasKeys, ordersWrites }: Script,
  { stores = emptyStores, tell }: SimulateOptions = {},
): Promise<Schedule> {
  // Between two stories, the machine's own events get their turn.
  await new Promise(setImmediate);
  const random = new Random(seed ^ 0x5eed);
  const world = new World({ random, stores: stores(), hasKeys, ordersWrites, tell });
  const { chronicle } = world;
  const violations: Violation[] = [];
  const report = (found: readonly Violation[]) => violations.push(...found);
  const dumps: Dump[] = [await sameDump()];
  for (const { text } of dumps) learnDump(chronicle, text);
  for (let index = 0; index < processes; index++) world.start(index);

  /** Looks at the calls that have ended since the last look. */
  const check = async () => {
    for (const entry of chronicle.takeEnded()) {
      report(checkEntry(chronicle, entry, profile.jump > 0 || profile.skew > 0));
      if (entry.answer?.outcome !== "done") continue;
      if (entry.answer.dump !== undefined) dumps.push({ orgId: entry.call.orgId, text: entry.answer.dump });
      if (!entry.answer.receipt) continue;
      const canaries = canariesOf(chronicle, entry.call.orgId);
      report(checkStores(chronicle, await look(canaries), { now: chronicle.tick() }));
    }
  };
  /** Lets a step run, and looks at what has ended with it. */
  const take = async (run: () => Promise<void>): Promise<void> => {
    await run();
    await check();
  };
  const look = (canaries: readonly number[]) =>
    lookAtStores(world.stores, world.created, canaries, singleFields);
  const settle = async (rounds: number) => {
    for (let round = 0; round < rounds && world.isBusy; round++) {
      const step = world.next();
      if (step === "none") break;
      if (step !== "later") await take(step);
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
      await check();
    } else {
      const step = world.next();
      if (typeof step === "function") await take(step);
    }
  }
  await settle(random.below(400));

  // From here on, nothing fails any more.
  world.profile = { ...calm, haste: 1 };
  await world.revive();
  await settle(mostSteps);
  if (world.isBusy) {
    await world.abortAll();
    await settle(200);
    world.cutOff();
    await settle(mostSteps);
  }
  for (const process of world.processes)
    for (const { entry } of process.running)
      report([{ invariant: "stuck", what: `${process.name}: ${entry.call.name} does not end` }]);
  const end = () => ({ violations, steps: world.step, calls: chronicle.entries.length });
  if (violations.length > 0) return end();

  // Leases and heartbeats are over. Everything that is left comes to its end.
  for (let round = 0; round < 500; round++) {
    const step = world.next();
    if (step === "none") break;
    if (step !== "later") await take(step);
  }
  world.pass(120_000);
  const observer = world.start(processes);
  const askIn = async (process: SimulatedProcess, call: Call): Promise<Entry> => {
    const entry = await world.call(process, call);
    await settle(mostSteps);
    await check();
    return entry;
  };
  report(
    await lookAfterwards({
      chronicle,
      dumps,
      look,
      ask: (call) => askIn(observer, call),
      askAll: async (call) => {
        for (const process of world.processes) await askIn(process, call);
      },
    }),
  );
  return end();
}

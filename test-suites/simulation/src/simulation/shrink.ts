import type { Invariant } from "../story/invariants.ts";
import type { Profile } from "./profile.ts";
import { type Script, type SimulateOptions, simulate } from "./simulate.ts";

/** How many other orders of events each shorter story is tried with. */
const tries = 30;

/** A shorter story that breaks the same promise: fewer calls, a kinder world. */
export async function shrink(
  script: Script,
  invariant: Invariant,
  options: SimulateOptions = {},
): Promise<Script> {
  let best = script;
  /** The same story with a seed that breaks the promise. */
  const broken = async (candidate: Script): Promise<Script | undefined> => {
    for (let attempt = 0; attempt < tries; attempt++) {
      const tried = { ...candidate, seed: attempt === 0 ? candidate.seed : candidate.seed * 31 + attempt };
      const { violations } = await simulate(tried, options);
      if (violations[0]?.invariant === invariant) return tried;
    }
    return undefined;
  };
  for (let shorter = true; shorter; ) {
    shorter = false;
    for (const candidate of smaller(best)) {
      const found = await broken(candidate);
      if (!found) continue;
      best = found;
      shorter = true;
      break;
    }
  }
  return fewestSteps(best, invariant, options);
}

/** Stories with one thing less. */
function* smaller(script: Script): Generator<Script> {
  const { plan, profile } = script;
  for (let size = Math.ceil(plan.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
    for (let start = 0; start < plan.length; start += size)
      yield { ...script, plan: [...plan.slice(0, start), ...plan.slice(start + size)] };
  for (const name of Object.keys(profile) as (keyof Profile)[])
    if (profile[name] > 0 && name !== "haste" && name !== "pass")
      yield { ...script, profile: { ...profile, [name]: 0 } };
  if (script.hasKeys) yield { ...script, hasKeys: false };
  if (script.ordersWrites) yield { ...script, ordersWrites: false };
  for (const [index, intent] of plan.entries()) {
    const replaced = (changed: typeof intent) => plan.map((one, at) => (at === index ? changed : one));
    const { canaries } = intent.call;
    if (canaries && canaries.length > 1)
      yield {
        ...script,
        plan: replaced({ ...intent, call: { ...intent.call, canaries: canaries.slice(1) } }),
      };
    if (intent.process > 0) yield { ...script, plan: replaced({ ...intent, process: intent.process - 1 }) };
  }
}

async function fewestSteps(script: Script, invariant: Invariant, options: SimulateOptions): Promise<Script> {
  let best = { script, steps: Number.POSITIVE_INFINITY };
  for (let attempt = 0; attempt < 4 * tries; attempt++) {
    const tried = { ...script, seed: attempt === 0 ? script.seed : script.seed + attempt };
    const { violations, steps } = await simulate(tried, options);
    if (violations[0]?.invariant === invariant && steps < best.steps) best = { script: tried, steps };
  }
  return best.script;
}

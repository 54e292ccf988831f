import { invariants } from "../story/invariants.ts";
import { shrink } from "./shrink.ts";
import { type Script, type SimulateOptions, simulate } from "./simulate.ts";

/** Makes a story that breaks a promise as short as it gets, and tells it. */
export async function tellShortest(script: Script, options: SimulateOptions = {}): Promise<string> {
  const [violation] = (await simulate(script, options)).violations;
  return tellStory(violation ? await shrink(script, violation.invariant, options) : script, options);
}

/** Plays a script, and tells it step by step: the step's number, who, and what the world did. */
export async function tellStory(script: Script, options: SimulateOptions = {}): Promise<string> {
  const lines: string[] = [];
  const { violations } = await simulate(script, { ...options, tell: (line) => lines.push(line) });
  const { plan, profile, hasKeys, ordersWrites } = script;
  const unkind = Object.entries(profile).filter(([, value]) => value > 0);
  return [
    `A story of ${plan.length} calls${hasKeys ? ", with keys" : ""}${ordersWrites ? ", on stores that order writes" : ""} (${unkind.map(([name, value]) => `${name} ${value}`).join(", ")}):`,
    ...withoutRepeats(lines),
    ...violations.map(({ invariant, what }) => `BROKEN: ${invariants[invariant]} ${what}`),
    ...(violations.length === 0 ? ["Every promise was kept."] : []),
  ].join("\n");
}

/** Tells what a process does again and again only once. */
function withoutRepeats(lines: readonly string[]): readonly string[] {
  const told: string[] = [];
  let repeats = 0;
  for (const [index, line] of lines.entries()) {
    const isSame = line.slice(5) === lines[index - 1]?.slice(5);
    if (isSame) repeats += 1;
    if (!isSame && repeats > 0) told.push(`     and so on, ${repeats} times`);
    if (isSame) continue;
    repeats = 0;
    told.push(line);
  }
  return told;
}

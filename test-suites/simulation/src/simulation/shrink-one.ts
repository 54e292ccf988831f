import { isKnown } from "./known-faults.ts";
import { shrink } from "./shrink.ts";
import { drawScript, simulate } from "./simulate.ts";
import { tellStory } from "./tell-story.ts";
const script = drawScript(Number(process.argv[2]));
const o = { isKnown };
const inv = (await simulate(script, o)).violations[0]?.invariant;
console.log(inv);
if (inv) console.log(await tellStory(await shrink(script, inv, o), o));

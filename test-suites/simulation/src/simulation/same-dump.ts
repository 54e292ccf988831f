import { donatedDump } from "../story/donated-dump.ts";
import type { Dump } from "../story/plan.ts";
import { Random } from "../story/random.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { installVirtualGlobals, runAs } from "./virtual-globals.ts";

/** The dump from before all stories, with the same ids and moments wherever a story is played. */
export async function sameDump(): Promise<Dump> {
  installVirtualGlobals();
  const random = new Random(0);
  runAs(new SimulatedProcess(0, 1, { time: () => 0, random: () => random.next(), skew: 0 }));
  try {
    return await donatedDump();
  } finally {
    runAs(undefined);
  }
}

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { lookAfterwards } from "../story/afterwards.ts";
import { type Answer, type Call, describeCall } from "../story/call.ts";
import { Chronicle, type Entry } from "../story/chronicle.ts";
import { donatedDump } from "../story/donated-dump.ts";
import { checkEntry, type Violation } from "../story/invariants.ts";
import { lookAtStores, type RawNamespace } from "../story/look.ts";
import { type Dump, drawPlan, learnDump, resolveIntent } from "../story/plan.ts";
import { Random } from "../story/random.ts";
import type { Deployment } from "./storm.fixture.ts";
import { StormProcess } from "./storm-process.ts";
import { cells, openStore } from "./storm-stores.ts";

const processes = 3;
/** How long a call may take, in milliseconds, before the round is told to hang. */
const patience = 60_000;

/** What a storm is made of. */
export interface StormOptions {
  readonly store: string;
  readonly url: string;
  readonly seed: number;
  /** Is told what happens. */
  readonly tell?: ((line: string) => void) | undefined;
}

/** Three real processes that work on one store and are killed at random, round by round. */
export class Storm {
  readonly #options: StormOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), "loci-storm-log-"));
  readonly #log: string;
  readonly #name: string;
  readonly #processes: StormProcess[] = [];
  /** How many calls of each kind were acknowledged, over all rounds. */
  readonly acknowledged: Map<string, number> = new Map();

  constructor(options: StormOptions) {
    this.#options = options;
    this.#log = join(this.#folder, "created.log");
    // Several storms may share a server.
    this.#name = `storm ${process.pid} ${Date.now()}`;
  }

  /** One round: calls, kills and aborts that follow from the seed, and a look at what is left. */
  async round(number: number): Promise<readonly Violation[]> {
    const { seed, tell } = this.#options;
    const random = new Random(seed * 100_003 + number);
    const chronicle = new Chronicle();
    const dumps: Dump[] = [await donatedDump()];
    for (const { text } of dumps) learnDump(chronicle, text);
    const deployment: Deployment = {
      name: `${this.#name} ${number} ${random.below(1e9)}`,
      hasKeys: random.chance(0.2),
    };
    writeFileSync(this.#log, "");
    for (let index = 0; index < processes; index++) await this.#ensure(index, deployment);
    const killing = random.pick([0, 0.1, 0.25]);
    const aborting = random.pick([0, 0, 0.15]);
    const pause = random.pick([0, 2, 10, 40]);
    const running = new Set<Promise<unknown>>();
    const violations: Violation[] = [];

    const make = async (index: number, call: Call, abortsAfter?: number): Promise<Entry> => {
      const target = await this.#ensure(index, deployment);
      const entry = chronicle.begin(index, call);
      tell?.(`${"ABCD"[index]} calls ${describeCall(call)}`);
      const { answer, abort } = target.call(call);
      if (abortsAfter !== undefined) setTimeout(abort, abortsAfter).unref();
      const ended = await Promise.race([answer, wait(patience, "late" as const, { ref: false })]);
      if (ended === "late")
        violations.push({ invariant: "stuck", what: `${describeCall(call)} does not end` });
      const settled: Answer | undefined = ended === "late" ? undefined : ended;
      tell?.(
        `${"ABCD"[index]}   ${call.name} ${settled ? `${settled.outcome} ${settled.outcome === "done" ? "" : `${settled.code ?? ""} ${settled.message}`}` : "died"}`,
      );
      if (settled) chronicle.end(entry, settled);
      if (settled?.outcome === "done" && index < processes) this.#count(call);
      if (settled?.outcome === "done" && settled.dump !== undefined)
        dumps.push({ orgId: call.orgId, text: settled.dump });
      violations.push(...checkEntry(chronicle, entry));
      return entry;
    };

    for (const intent of drawPlan(random, 6 + random.below(9), processes, deployment.hasKeys)) {
      const call = resolveIntent(intent, chronicle, dumps);
      if (!call) continue;
      const made = make(intent.process, call, random.chance(aborting) ? random.below(60) : undefined);
      running.add(made);
      void made.finally(() => running.delete(made));
      if (random.chance(killing)) {
        const victim = random.below(processes);
        void wait(random.below(80)).then(async () => {
          tell?.(`${"ABCD"[victim]} is killed`);
          await this.#processes[victim]?.kill();
        });
      }
      if (random.chance(0.3)) await Promise.race(running);
      else await wait(random.below(pause + 1));
    }
    await Promise.all(running);
    // What a killed process has sent to a server may still arrive.
    if (killing > 0) await wait(150);
    for (const entry of chronicle.open) chronicle.settle(entry);
    if (violations.length > 0) return violations;
    await this.#ensure(processes, deployment);
    const left = await lookAfterwards({
      chronicle,
      dumps,
      ask: (call) => make(processes, call),
      askAll: async (call) => {
        for (let index = 0; index <= processes; index++) await make(index, call);
      },
      look: (canaries) => this.#look(canaries),
    });
    return [...violations, ...left];
  }

  #count({ name, infer, expiresIn }: Call): void {
    const kinds = [name, ...(infer ? ["add with a model"] : []), ...(expiresIn ? ["add that expires"] : [])];
    for (const kind of kinds) this.acknowledged.set(kind, (this.acknowledged.get(kind) ?? 0) + 1);
  }

  /** Ends the processes. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.kill()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Looks at the stores through handles of its own. */
  async #look(canaries: readonly number[]): Promise<readonly RawNamespace[]> {
    const { store: name, url } = this.#options;
    const stores = Object.fromEntries(cells.map((cell) => [cell, openStore(name, url, cell)]));
    const noted = readFileSync(this.#log, "utf8").split("\n").filter(Boolean);
    const created = new Map(noted.map((line) => line.split(" ") as [string, string]));
    try {
      return await lookAtStores(stores, created, canaries);
    } finally {
      await Promise.all(Object.values(stores).map((store) => store.close()));
    }
  }

  /** The process with an index, started where it is dead. */
  async #ensure(index: number, deployment: Deployment): Promise<StormProcess> {
    const { store, url } = this.#options;
    for (let attempt = 0; attempt < 10; attempt++) {
      const known = this.#processes[index];
      const process = known?.isAlive
        ? known
        : new StormProcess(store, url, this.#log, join(this.#folder, "keys"));
      this.#processes[index] = process;
      if (await process.open(deployment)) return process;
    }
    throw new Error("A process of the storm does not come to life.");
  }
}

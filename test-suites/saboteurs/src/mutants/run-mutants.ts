import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import type { Failure } from "./first-failure.ts";
import type { Mutant } from "./mutant.ts";

/** What became of a mutant. */
export interface Outcome {
  readonly id: string;
  readonly group: string;
  /** The case that saw it, undefined where it lives. */
  readonly killedBy: string | undefined;
  readonly detail: string;
  /** Whether no case came to the place that was changed. */
  readonly unreached: boolean;
  readonly milliseconds: number;
}

interface Answer {
  readonly failure?: Failure;
  readonly unreached?: boolean;
  readonly milliseconds: number;
}

/** A mutant that takes longer does not end. */
const limit = 120_000;

/** Runs the suite on each, in some processes at once. */
export async function runMutants(
  mutants: readonly Mutant[],
  workers: number,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const pending = mutants.values();
  const work = async () => {
    let worker: Worker | undefined;
    for (const { id, group } of pending) {
      worker ??= await Worker.start();
      const answer = await worker.ask(id);
      if (!answer) worker = undefined;
      const {
        failure,
        unreached = false,
        milliseconds,
      } = answer ?? { failure: endless, milliseconds: limit };
      const outcome = {
        id,
        group,
        killedBy: failure?.id,
        detail: failure?.detail ?? "",
        unreached,
        milliseconds,
      };
      outcomes.push(outcome);
      onOutcome(outcome);
    }
    worker?.end();
  };
  await Promise.all(Array.from({ length: workers }, work));
  const order = new Map(mutants.map(({ id }, index) => [id, index]));
  return outcomes.toSorted((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}

const endless: Failure = { id: "time-out", detail: `It did not end in ${limit / 1000} seconds.` };

/** A process that runs the suite on mutants. */
class Worker {
  readonly #process: ChildProcess;

  constructor(process: ChildProcess) {
    this.#process = process;
  }

  static async start(): Promise<Worker> {
    const child = fork(join(import.meta.dirname, "worker.ts"), {
      execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"],
    });
    await new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", () => reject(new Error("A process for mutants ended before it began.")));
    });
    return new Worker(child);
  }

  /** What became of a mutant; undefined where its process ended, or had to be ended. */
  async ask(id: string): Promise<Answer | undefined> {
    const child = this.#process;
    return new Promise((resolve) => {
      const done = (answer: Answer | undefined) => {
        clearTimeout(timer);
        child.removeAllListeners();
        if (!answer) child.kill("SIGKILL");
        resolve(answer);
      };
      const timer = setTimeout(() => done(undefined), limit);
      child.once("message", (answer) => done(answer as Answer));
      child.once("exit", () => done(undefined));
      child.send(id);
    });
  }

  end(): void {
    this.#process.kill();
  }
}

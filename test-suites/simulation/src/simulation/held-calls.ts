import { StoreError } from "@loci/core";
import type { Gate } from "../story/canary.ts";
import type { Random } from "../story/random.ts";
import type { Profile } from "./profile.ts";
import type { Held, SimulatedProcess } from "./simulated-process.ts";
import type { Step } from "./world.ts";

/** What is on its way between the processes and what lies outside of them. */
export class HeldCalls {
  readonly #world: HoldingWorld;
  readonly #held: Held[] = [];
  readonly #heeded = new WeakSet<AbortSignal>();

  constructor(world: HoldingWorld) {
    this.#world = world;
  }

  /** One of those that are due, to arrive. */
  next(): Step {
    let ready = 0;
    let later = false;
    for (const held of this.#held) {
      if (this.#isReady(held)) ready += 1;
      later ||= !held.isHung;
    }
    if (ready === 0) return later ? "later" : "none";
    let chosen = this.#world.random.below(ready);
    const held = this.#held.find((one) => this.#isReady(one) && chosen-- === 0) as Held;
    return () => this.#arrive(held);
  }

  #isReady(held: Held): boolean {
    return (
      !held.isHung &&
      held.notBefore <= this.#world.step &&
      (held.answer === undefined || held.process.isAwake)
    );
  }

  /** Whether anything of a process is on its way. */
  has(index: number): boolean {
    return this.#held.some(({ process }) => process.index === index);
  }

  /** Lets a process go: what it has sent may still arrive. */
  forget(process: SimulatedProcess): void {
    for (const held of this.#held.filter((one) => one.process === process)) this.#orphan(held);
  }

  /** Answers what would never have been answered. */
  cutOff(): void {
    for (const held of this.#held.filter(({ isHung }) => isHung)) {
      held.isHung = false;
      held.answer = () => held.reject(failure("was cut off", true));
    }
  }

  /** What a process' calls go through. */
  gateOf(process: SimulatedProcess): Gate {
    return <T>(what: () => string, run: () => Promise<T>, signal?: AbortSignal) => {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      if (signal?.aborted) return Promise.reject<T>(signal.reason as Error);
      const held: Held = {
        process,
        what,
        run,
        resolve: resolve as (value: unknown) => void,
        reject,
        notBefore: this.#delay(),
        signal,
        isHung: false,
        isOrphan: false,
      };
      this.#held.push(held);
      if (signal) this.#heed(signal);
      return promise;
    };
  }

  /** Ends what is held of a signal when that aborts. A call of the application makes many with one signal, which is heard once. */
  #heed(signal: AbortSignal): void {
    if (this.#heeded.has(signal)) return;
    this.#heeded.add(signal);
    const end = () => {
      for (const held of this.#held.filter((one) => one.signal === signal && !one.isOrphan)) {
        this.#orphan(held);
        held.reject(signal.reason);
      }
    };
    signal.addEventListener("abort", end, { once: true });
  }

  #delay(): number {
    return this.#world.random.chance(this.#world.profile.slow)
      ? this.#world.step + 1 + this.#world.random.below(80)
      : 0;
  }

  async #arrive(held: Held): Promise<void> {
    const { process, what } = held;
    const by = `${process.name}${held.isOrphan ? " (gone)" : ""}   `;
    if (held.answer) {
      this.#remove(held);
      this.#world.say(() => `${by}is answered: ${what()}`);
      if (!held.isOrphan) await this.#world.run(process, held.answer);
      return;
    }
    const { transient, fatal, lost, hang, split } = this.#world.profile;
    if (this.#world.random.chance(transient)) return this.#fail(held, "failed", true);
    if (this.#world.random.chance(fatal)) return this.#fail(held, "failed for good", false);
    if (this.#world.random.chance(hang)) {
      const isDone = this.#world.random.chance(0.5);
      this.#world.say(() => `${by}never answers${isDone ? ", but is done" : ""}: ${what()}`);
      held.isHung = true;
      if (held.isOrphan) this.#remove(held);
      if (isDone) await held.run().catch(() => {});
      return;
    }
    const outcome = await held.run().then(
      (value) => () => held.resolve(value),
      (error: unknown) => () => held.reject(error),
    );
    if (this.#world.random.chance(lost)) {
      this.#world.say(() => `${by}is done, and its answer lost: ${what()}`);
      held.answer = () => held.reject(failure("lost its answer", true));
    } else {
      held.answer = outcome;
    }
    if (held.isOrphan) this.#world.say(() => `${by}arrives late: ${what()}`);
    else if (this.#world.random.chance(split)) {
      this.#world.say(() => `${by}is done: ${what()}`);
      held.notBefore = this.#delay();
      return;
    } else this.#world.say(() => `${by}${what()}`);
    this.#remove(held);
    if (!held.isOrphan && process.isAwake) await this.#world.run(process, held.answer);
    else if (!held.isOrphan) this.#held.push(held);
  }

  async #fail(held: Held, how: string, retryable: boolean): Promise<void> {
    this.#world.say(() => `${held.process.name}   ${how}: ${held.what()}`);
    held.answer = () => held.reject(failure(how, retryable));
    if (held.isOrphan) this.#remove(held);
    else if (held.process.isAwake) {
      this.#remove(held);
      await this.#world.run(held.process, held.answer);
    }
  }

  #orphan(held: Held): void {
    held.isOrphan = true;
    if (held.answer || held.isHung || this.#world.random.chance(0.5)) this.#remove(held);
  }

  #remove(held: Held): void {
    const index = this.#held.indexOf(held);
    if (index >= 0) this.#held.splice(index, 1);
  }
}

/** What held calls need of the world around them. */
interface HoldingWorld {
  readonly random: Random;
  readonly profile: Profile;
  readonly step: number;
  say(line: () => string): void;
  /** Runs a process until it waits. */
  run(process: SimulatedProcess, task: () => void): Promise<void>;
}

function failure(how: string, retryable: boolean): StoreError {
  return new StoreError(`The call ${how}.`, { store: "simulated" }, { retryable });
}

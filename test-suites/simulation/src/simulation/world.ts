import { nextTick } from "node:process";
import { inMemory, StoreError, type VectorStore } from "@loci/core";
import { defaultTimings, Memory } from "@loci/core/testing";
import type { Call } from "../story/call.ts";
import { describeCall } from "../story/call.ts";
import type { Gate } from "../story/canary.ts";
import { Chronicle, type Entry } from "../story/chronicle.ts";
import { fakeEmbedders, fakeExtractor, fakeKeys, fakeLanguageModel } from "../story/fake-models.ts";
import { perform } from "../story/perform.ts";
import type { Random } from "../story/random.ts";
import { gatedStore } from "./gated-store.ts";
import { calm, type Profile } from "./profile.ts";
import { type Held, type Running, SimulatedProcess } from "./simulated-process.ts";
import { installVirtualGlobals, runAs } from "./virtual-globals.ts";

/** The stores of a world, by the names of their cells. The registry lies in the first one. */
export type Stores = Readonly<Record<string, VectorStore>>;

export function emptyStores(): Stores {
  return { here: inMemory(), there: inMemory() };
}

/**
 * A world of processes on one set of stores. Everything that a process asks of what lies outside of it is held, and what
 * becomes of it, and when, is drawn from a seed.
 */
export class World {
  readonly chronicle: Chronicle = new Chronicle();
  readonly stores: Stores;
  readonly processes: SimulatedProcess[] = [];
  /** The names of namespaces that were to be created, with the cell. */
  readonly created: Map<string, string> = new Map();
  readonly #random: Random;
  readonly #hasKeys: boolean;
  readonly #masters = new Map<string, Uint8Array>();
  readonly #held: Held[] = [];
  readonly #tell: ((line: string) => void) | undefined;
  #profile: Profile = calm;
  #time = 0;
  #step = 0;

  constructor({ random, stores, hasKeys, tell }: WorldOptions) {
    installVirtualGlobals();
    this.#random = random;
    this.stores = stores;
    this.#hasKeys = hasKeys;
    this.#tell = tell;
  }

  get step(): number {
    return this.#step;
  }

  get time(): number {
    return this.#time;
  }

  set profile(profile: Profile) {
    this.#profile = profile;
  }

  /** Whether anything of a process is under way. */
  get isBusy(): boolean {
    return this.processes.some(({ isAlive, running }) => isAlive && running.size > 0);
  }

  /** Starts a process, or the next life of one that died. */
  start(index: number): SimulatedProcess {
    const process = new SimulatedProcess(index, (this.processes[index]?.life ?? 0) + 1, {
      time: () => this.#time,
      random: () => this.#random.next(),
      skew: (this.#random.next() - 0.5) * 2 * this.#profile.skew,
    });
    this.processes[index] = process;
    const gate = this.#gateOf(process);
    const embedders = fakeEmbedders(gate);
    const { "fake-one": one, "fake-two": two } = embedders;
    if (!one || !two) throw new Error("There is no fake embedder.");
    const noteKey = (cell: string) => (key: string) => this.created.set(key, cell);
    const cells = Object.entries(this.stores).map(
      ([cell, store]) => [cell, { store: gatedStore(store, cell, gate, noteKey(cell)) }] as const,
    );
    runAs(process);
    const memory = new Memory(
      {
        cells: Object.fromEntries(cells),
        registry: cells[0]?.[1].store as VectorStore,
        embedder: one,
        formerEmbedders: [two],
        languageModel: fakeLanguageModel(gate),
        extractor: fakeExtractor,
        ...(this.#hasKeys ? { keys: fakeKeys(this.#masters, gate) } : {}),
      },
      defaultTimings,
    );
    runAs(undefined);
    process.caller = { memory, embedders };
    if (process.life > 1) this.#say(() => `${process.name} starts`);
    return process;
  }

  /** Begins a call. */
  async call(process: SimulatedProcess, call: Call): Promise<Entry> {
    const { caller } = process;
    if (!caller) throw new Error("The process was not started.");
    const entry = this.chronicle.begin(process.index, call);
    const running: Running = { entry, abort: new AbortController() };
    process.running.add(running);
    this.#say(() => `${process.name} calls ${describeCall(call)}`);
    await this.#run(process, () => {
      void perform(caller, call, running.abort.signal).then((answer) => {
        process.running.delete(running);
        this.chronicle.end(entry, answer);
        const how =
          answer.outcome === "done"
            ? "is done"
            : `${answer.outcome}: ${answer.code ?? ""} ${answer.message.split("\n")[0]}`;
        this.#say(() => `${process.name}   ${call.name} ${how}`);
      });
    });
    return entry;
  }

  /** One step: something arrives, or time passes, or something bad happens. @returns whether anything was left to happen */
  async advance(): Promise<boolean> {
    this.#step += 1;
    this.#time += this.#random.next() * 2;
    const { pass } = this.#profile;
    if (this.#random.chance(pass)) this.#time += 20 + this.#random.below(800);
    await this.#harm();
    for (const process of this.processes)
      if (process.wakesAt !== undefined && process.wakesAt <= this.#step) {
        process.wake();
        this.#say(() => `${process.name} wakes`);
      }
    for (const process of this.processes) {
      const task = process.isAwake && this.#random.chance(0.7) ? process.takeDueTimer() : undefined;
      if (task) {
        await this.#run(process, task);
        return true;
      }
    }
    const ready = this.#held.filter(
      (held) =>
        held.notBefore <= this.#step && !held.isHung && (held.answer === undefined || held.process.isAwake),
    );
    if (ready.length > 0) {
      await this.#release(this.#random.pick(ready));
      this.#settle();
      return true;
    }
    if (this.#held.some(({ isHung }) => !isHung)) return true;
    const due = Math.min(
      ...this.processes.map((process) => (process.isAwake ? process.nextDue() : Number.POSITIVE_INFINITY)),
    );
    this.#settle();
    if (Number.isFinite(due)) {
      this.#time = Math.max(this.#time, due);
      return true;
    }
    return this.processes.some(({ wakesAt }) => wakesAt !== undefined);
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.#time += milliseconds;
  }

  /** Aborts everything that is running, and answers what would never have answered. */
  async abortAll(): Promise<void> {
    for (const process of this.processes)
      for (const running of process.isAlive ? [...process.running] : []) await this.#abort(process, running);
  }

  async unhang(): Promise<void> {
    for (const held of this.#held.filter(({ isHung }) => isHung)) {
      held.isHung = false;
      held.answer = () => held.reject(failure("was cut off", true));
    }
  }

  /** Wakes every process, and starts those that are dead. */
  async revive(): Promise<void> {
    for (const process of [...this.processes]) {
      if (!process.isAlive) this.start(process.index);
      else if (process.wakesAt !== undefined) process.wake();
    }
  }

  async kill(process: SimulatedProcess): Promise<void> {
    this.#say(() => `${process.name} dies`);
    process.isAlive = false;
    process.timers.clear();
    for (const held of this.#held.filter((one) => one.process === process)) {
      held.isOrphan = true;
      if (held.answer || held.isHung || this.#random.chance(0.5)) this.#remove(held);
    }
    this.#settle();
  }

  #gateOf(process: SimulatedProcess): Gate {
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
        isHung: false,
        isOrphan: false,
      };
      this.#held.push(held);
      signal?.addEventListener(
        "abort",
        () => {
          if (held.isOrphan) return;
          held.isOrphan = true;
          // What was sent may still arrive.
          if (held.answer || held.isHung || this.#random.chance(0.5)) this.#remove(held);
          reject(signal.reason);
        },
        { once: true },
      );
      return promise;
    };
  }

  #delay(): number {
    return this.#random.chance(this.#profile.slow) ? this.#step + 1 + this.#random.below(80) : 0;
  }

  async #release(held: Held): Promise<void> {
    const { process, what } = held;
    const by = `${process.name}${held.isOrphan ? " (gone)" : ""}   `;
    if (held.answer) {
      this.#remove(held);
      this.#say(() => `${by}is answered: ${what()}`);
      if (!held.isOrphan) await this.#run(process, held.answer);
      return;
    }
    const { transient, fatal, lost, hang, split } = this.#profile;
    if (this.#random.chance(transient)) return this.#fail(held, "failed", true);
    if (this.#random.chance(fatal)) return this.#fail(held, "failed for good", false);
    if (this.#random.chance(hang)) {
      const isDone = this.#random.chance(0.5);
      this.#say(() => `${by}never answers${isDone ? ", but is done" : ""}: ${what()}`);
      held.isHung = true;
      if (held.isOrphan) this.#remove(held);
      if (isDone) await held.run().catch(() => {});
      return;
    }
    const outcome = await held.run().then(
      (value) => () => held.resolve(value),
      (error: unknown) => () => held.reject(error),
    );
    if (this.#random.chance(lost)) {
      this.#say(() => `${by}is done, and its answer lost: ${what()}`);
      held.answer = () => held.reject(failure("lost its answer", true));
    } else {
      held.answer = outcome;
    }
    if (held.isOrphan) this.#say(() => `${by}arrives late: ${what()}`);
    else if (this.#random.chance(split)) {
      this.#say(() => `${by}is done: ${what()}`);
      held.notBefore = this.#delay();
      return;
    } else this.#say(() => `${by}${what()}`);
    this.#remove(held);
    if (!held.isOrphan && process.isAwake) await this.#run(process, held.answer);
    else if (!held.isOrphan) this.#held.push(held);
  }

  async #fail(held: Held, how: string, retryable: boolean): Promise<void> {
    this.#say(() => `${held.process.name}   ${how}: ${held.what()}`);
    held.answer = () => held.reject(failure(how, retryable));
    if (held.isOrphan) this.#remove(held);
    else if (held.process.isAwake) {
      this.#remove(held);
      await this.#run(held.process, held.answer);
    }
  }

  async #harm(): Promise<void> {
    const { abort, kill, sleep, jump } = this.#profile;
    const awake = this.processes.filter(({ isAwake }) => isAwake);
    if (this.#random.chance(kill) && awake.length > 0) await this.kill(this.#random.pick(awake));
    const dead = this.processes.filter(({ isAlive }) => !isAlive);
    if (dead.length > 0 && this.#random.chance(0.1)) this.start(this.#random.pick(dead).index);
    if (this.#random.chance(sleep) && awake.length > 0) {
      const process = this.#random.pick(awake);
      if (process.isAwake) {
        const isSuspended = this.#random.chance(0.5);
        this.#say(() => `${process.name} ${isSuspended ? "is suspended" : "stalls"}`);
        process.sleep(this.#step + 1 + this.#random.below(60), isSuspended);
        if (isSuspended) this.#time += this.#random.below(2000);
      }
    }
    if (this.#random.chance(jump)) {
      const process = this.#random.pick(this.processes);
      const by = this.#random.pick([-7_200_000, -300, 400, 3000, 7_200_000]);
      this.#say(() => `the clock of ${process.name} jumps by ${by}, or stops, or goes on`);
      process.jump(by, this.#random.chance(0.3));
    }
    if (this.#random.chance(abort)) {
      const all = awake.flatMap((process) => [...process.running].map((running) => ({ process, running })));
      if (all.length > 0) {
        const { process, running } = this.#random.pick(all);
        if (process.isAwake) await this.#abort(process, running);
      }
    }
  }

  async #abort(process: SimulatedProcess, { abort, entry }: Running): Promise<void> {
    if (abort.signal.aborted) return;
    this.#say(() => `${process.name} aborts its ${entry.call.name}`);
    await this.#run(process, () => abort.abort(new Error("The caller has aborted.")));
  }

  /** Notes which calls can have no more effects: nothing of them, or of what ran beside them, is under way. */
  #settle(): void {
    const unsettled = this.chronicle.entries.filter(
      ({ until, ended }) => until === Number.POSITIVE_INFINITY && ended !== undefined,
    );
    const died = this.chronicle.entries.filter(
      (entry) => entry.until === Number.POSITIVE_INFINITY && entry.ended === undefined,
    );
    for (const entry of [...unsettled, ...died]) {
      const lives = this.#livesOf(entry);
      if (lives) entry.until = this.chronicle.tick();
    }
  }

  #livesOf(entry: Entry): boolean {
    const current = this.processes[entry.process];
    const isRunning = [...(current?.running ?? [])].some((running) => running.entry === entry);
    if (isRunning && current?.isAlive) return false;
    const hasHeld = this.#held.some(({ process }) => process.index === entry.process);
    const isIdle = !current?.isAlive || (current.running.size === 0 && current.timers.size === 0);
    return !hasHeld && isIdle;
  }

  #remove(held: Held): void {
    const index = this.#held.indexOf(held);
    if (index >= 0) this.#held.splice(index, 1);
  }

  /** Runs a process until it waits. */
  async #run(one: SimulatedProcess, task: () => void): Promise<void> {
    runAs(one);
    task();
    // A tick comes when no microtask is left, and the process has nothing else to run.
    await new Promise<void>((resolve) => nextTick(resolve));
    runAs(undefined);
  }

  #say(line: () => string): void {
    this.#tell?.(`${String(this.#step).padStart(4)} ${line()}`);
  }
}

export interface WorldOptions {
  readonly random: Random;
  readonly stores: Stores;
  /** Whether memories are encrypted. */
  readonly hasKeys: boolean;
  /** Is told every step. */
  readonly tell?: ((line: string) => void) | undefined;
}

function failure(how: string, retryable: boolean): StoreError {
  return new StoreError(`The call ${how}.`, { store: "simulated" }, { retryable });
}

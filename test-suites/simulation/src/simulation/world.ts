import { nextTick } from "node:process";
import { inMemory, type VectorStore } from "@loci/core";
import { defaultTimings, Memory } from "@loci/core/testing";
import { type Call, describeCall } from "../story/call.ts";
import { Chronicle, type Entry } from "../story/chronicle.ts";
import { fakeEmbedders, fakeExtractor, fakeKeys, fakeLanguageModel } from "../story/fake-models.ts";
import { perform } from "../story/perform.ts";
import type { Random } from "../story/random.ts";
import { gatedStore } from "./gated-store.ts";
import { HeldCalls } from "./held-calls.ts";
import { calm, type Profile } from "./profile.ts";
import { type Running, SimulatedProcess } from "./simulated-process.ts";
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
  readonly random: Random;
  profile: Profile = calm;
  readonly #hasKeys: boolean;
  readonly #ordersWrites: boolean;
  readonly #masters = new Map<string, Uint8Array>();
  readonly #calls: HeldCalls;
  readonly #tell: ((line: string) => void) | undefined;
  #time = 0;
  #step = 0;

  constructor({ random, stores, hasKeys, ordersWrites, tell }: WorldOptions) {
    installVirtualGlobals();
    this.random = random;
    this.stores = stores;
    this.#hasKeys = hasKeys;
    this.#ordersWrites = ordersWrites;
    this.#tell = tell;
    this.#calls = new HeldCalls(this);
  }

  get step(): number {
    return this.#step;
  }

  /** Whether anything of a process is under way. */
  get isBusy(): boolean {
    return this.processes.some(({ isAlive, running }) => isAlive && running.size > 0);
  }

  /** Starts a process, or the next life of one that died. */
  start(index: number): SimulatedProcess {
    const process = new SimulatedProcess(index, (this.processes[index]?.life ?? 0) + 1, {
      time: () => this.#time,
      random: () => this.random.next(),
      skew: (this.random.next() - 0.5) * 2 * this.profile.skew,
    });
    this.processes[index] = process;
    const gate = this.#calls.gateOf(process);
    const embedders = fakeEmbedders(gate);
    const { "fake-one": one, "fake-two": two } = embedders;
    if (!one || !two) throw new Error("There is no fake embedder.");
    const noteKey = (cell: string) => (key: string) => this.created.set(key, cell);
    const cells = Object.entries(this.stores).map(
      ([cell, store]) =>
        [cell, { store: gatedStore(store, cell, this.#ordersWrites, gate, noteKey(cell)) }] as const,
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
    if (process.life > 1) this.say(() => `${process.name} starts`);
    return process;
  }

  /** Begins a call. */
  async call(process: SimulatedProcess, call: Call): Promise<Entry> {
    const { caller } = process;
    if (!caller) throw new Error("The process was not started.");
    const entry = this.chronicle.begin(process.index, call);
    const running: Running = { entry, abort: new AbortController() };
    process.running.add(running);
    this.say(() => `${process.name} calls ${describeCall(call)}`);
    await this.run(process, () => {
      void perform(caller, call, running.abort.signal).then((answer) => {
        process.running.delete(running);
        this.chronicle.end(entry, answer);
        const how =
          answer.outcome === "done"
            ? "is done"
            : `${answer.outcome}: ${answer.code ?? ""} ${answer.message.split("\n")[0]}`;
        this.say(() => `${process.name}   ${call.name} ${how}`);
      });
    });
    return entry;
  }

  /** One step: something arrives, or time passes, or something bad happens. It takes no time where nothing is to run. */
  next(): Step {
    this.#step += 1;
    this.#time += this.random.next() * 2;
    if (this.random.chance(this.profile.pass)) this.#time += 20 + this.random.below(800);
    const harm = this.#harm();
    if (harm) return harm;
    let due = Number.POSITIVE_INFINITY;
    let sleeps = false;
    for (const process of this.processes) {
      if (process.wakesAt !== undefined && process.wakesAt <= this.#step) {
        process.wake();
        this.say(() => `${process.name} wakes`);
      }
      sleeps ||= process.wakesAt !== undefined;
      if (!process.isAwake || process.timers.size === 0) continue;
      const next = process.nextDue();
      if (next <= this.#time && this.random.chance(0.7)) return () => this.run(process, process.takeTimer());
      due = Math.min(due, next);
    }
    const arrival = this.#calls.next();
    if (typeof arrival === "function")
      return async () => {
        await arrival();
        this.#settle();
      };
    if (arrival === "later") return "later";
    if (due < Number.POSITIVE_INFINITY) {
      this.#time = Math.max(this.#time, due);
      return "later";
    }
    return sleeps ? "later" : "none";
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.#time += milliseconds;
  }

  /** Aborts everything that is running. */
  async abortAll(): Promise<void> {
    for (const process of this.processes)
      for (const running of process.isAlive ? [...process.running] : []) await this.#abort(process, running);
  }

  /** Answers what would never have been answered. */
  cutOff(): void {
    this.#calls.cutOff();
  }

  /** Wakes every process, and starts those that are dead. */
  async revive(): Promise<void> {
    for (const process of [...this.processes]) {
      if (!process.isAlive) this.start(process.index);
      else if (process.wakesAt !== undefined) process.wake();
    }
  }

  #kill(process: SimulatedProcess): void {
    this.say(() => `${process.name} dies`);
    process.isAlive = false;
    process.timers.clear();
    this.#calls.forget(process);
    this.#settle();
  }

  #harm(): (() => Promise<void>) | undefined {
    const { abort, kill, sleep, jump } = this.profile;
    const awake = () => this.processes.filter(({ isAwake }) => isAwake);
    if (this.random.chance(kill)) {
      const victims = awake();
      if (victims.length > 0) this.#kill(this.random.pick(victims));
    }
    const dead = this.processes.find(({ isAlive }) => !isAlive);
    if (dead && this.random.chance(0.1)) this.start(dead.index);
    if (this.random.chance(sleep)) {
      const sleepers = awake();
      if (sleepers.length > 0) this.#putToSleep(this.random.pick(sleepers));
    }
    if (this.random.chance(jump)) {
      const process = this.random.pick(this.processes);
      const by = this.random.pick([-7_200_000, -300, 400, 3000, 7_200_000]);
      this.say(() => `the clock of ${process.name} jumps by ${by}, or stops, or goes on`);
      process.jump(by, this.random.chance(0.3));
    }
    if (!this.random.chance(abort)) return undefined;
    const all = awake().flatMap((process) => [...process.running].map((running) => ({ process, running })));
    if (all.length === 0) return undefined;
    const { process, running } = this.random.pick(all);
    return () => this.#abort(process, running);
  }

  #putToSleep(process: SimulatedProcess): void {
    // One of two clocks goes right: the memory relies on that.
    const isSuspended = this.profile.jump === 0 && this.random.chance(0.5);
    this.say(() => `${process.name} ${isSuspended ? "is suspended" : "stalls"}`);
    process.sleep(this.#step + 1 + this.random.below(60), isSuspended);
    if (isSuspended) this.#time += this.random.below(2000);
  }

  async #abort(process: SimulatedProcess, { abort, entry }: Running): Promise<void> {
    if (abort.signal.aborted) return;
    this.say(() => `${process.name} aborts its ${entry.call.name}`);
    await this.run(process, () => abort.abort(new Error("The caller has aborted.")));
  }

  /** Notes which calls can have no more effects: nothing of them, or of what ran beside them, is under way. */
  #settle(): void {
    for (const entry of this.chronicle.open) if (this.#isOver(entry)) this.chronicle.settle(entry);
  }

  #isOver(entry: Entry): boolean {
    const { isAlive = false, running, timers } = this.processes[entry.process] ?? {};
    if (this.#calls.has(entry.process)) return false;
    return !isAlive || (running?.size === 0 && timers?.size === 0);
  }

  /** Runs a process until it waits. */
  async run(one: SimulatedProcess, task: () => void): Promise<void> {
    runAs(one);
    task();
    // A tick comes when no microtask is left, and the process has nothing else to run.
    await new Promise<void>((resolve) => nextTick(resolve));
    runAs(undefined);
  }

  say(line: () => string): void {
    this.#tell?.(`${String(this.#step).padStart(4)} ${line()}`);
  }
}

export interface WorldOptions {
  readonly random: Random;
  readonly stores: Stores;
  /** Whether memories are encrypted. */
  readonly hasKeys: boolean;
  /** Whether the stores write some records before others in one call. */
  readonly ordersWrites: boolean;
  /** Is told every step. */
  readonly tell?: ((line: string) => void) | undefined;
}

/** What a step lets run. `later`: nothing yet. `none`: nothing is left to happen. */
export type Step = (() => Promise<void>) | "later" | "none";

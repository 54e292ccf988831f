import type { Entry } from "../story/chronicle.ts";
import type { Caller } from "../story/perform.ts";
import type { VirtualMachine } from "./virtual-globals.ts";

/** A call that is on its way to what lies outside of the process, or its answer that is on its way back. */
export interface Held {
  readonly process: SimulatedProcess;
  readonly what: () => string;
  readonly run: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** The step before which it does not arrive. */
  notBefore: number;
  /** What ends it for who waits for it. */
  readonly signal: AbortSignal | undefined;
  /** Once it has taken effect: delivers the answer. */
  answer?: () => void;
  /** It never answers. */
  isHung: boolean;
  /** Nobody waits for it any more: its process is dead, or its caller has aborted it. */
  isOrphan: boolean;
}

/** A running call of the application. */
export interface Running {
  readonly entry: Entry;
  readonly abort: AbortController;
}

interface Timer {
  readonly task: () => void;
  readonly due: number;
  readonly every: number | undefined;
}

/** One life of a process: its clocks, its timers, and the calls that it is making. */
export class SimulatedProcess implements VirtualMachine {
  readonly index: number;
  readonly life: number;
  readonly running: Set<Running> = new Set();
  readonly timers: Map<number, Timer> = new Map();
  isAlive = true;
  /** The step at which it wakes, while it sleeps. */
  wakesAt: number | undefined;
  caller: Caller | undefined;
  readonly #time: () => number;
  readonly #random: () => number;
  #wallOffset: number;
  #wallStopped: number | undefined;
  #steadyLost = 0;
  #asleepSince: number | undefined;
  #lastTimer = 0;

  constructor(
    index: number,
    life: number,
    clock: { readonly time: () => number; readonly random: () => number; readonly skew: number },
  ) {
    this.index = index;
    this.life = life;
    this.#time = clock.time;
    this.#random = clock.random;
    this.#wallOffset = epoch + clock.skew;
  }

  get name(): string {
    return `${"ABCDEF"[this.index]}${this.life > 1 ? this.life : ""}`;
  }

  get isAwake(): boolean {
    return this.isAlive && this.wakesAt === undefined;
  }

  wall(): number {
    return this.#wallStopped ?? this.#time() + this.#wallOffset;
  }

  steady(): number {
    return this.#time() - this.#steadyLost;
  }

  random(): number {
    return this.#random();
  }

  setTimer(task: () => void, milliseconds: number, repeats: boolean): number {
    this.#lastTimer += 1;
    const due = this.steady() + Math.max(milliseconds, 1);
    this.timers.set(this.#lastTimer, { task, due, every: repeats ? Math.max(milliseconds, 1) : undefined });
    return this.#lastTimer;
  }

  clearTimer(timer: number): void {
    this.timers.delete(timer);
  }

  /** When its next timer is due, on the world's clock. */
  nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { due } of this.timers.values()) if (due < next) next = due;
    return next + this.#steadyLost;
  }

  /** The first timer, taken off. */
  takeTimer(): () => void {
    let first: [number, Timer] | undefined;
    for (const entry of this.timers) if (!first || entry[1].due < first[1].due) first = entry;
    if (!first) throw new Error("The process has no timer.");
    const [handle, { task, every }] = first;
    if (every === undefined) this.timers.delete(handle);
    else this.timers.set(handle, { task, every, due: this.steady() + every });
    return task;
  }

  /** @param stopsClock whether the steady clock stands meanwhile, as on a suspended machine */
  sleep(until: number, stopsClock: boolean): void {
    this.wakesAt = until;
    if (stopsClock) this.#asleepSince = this.#time();
  }

  wake(): void {
    if (this.#asleepSince !== undefined) this.#steadyLost += this.#time() - this.#asleepSince;
    this.#asleepSince = undefined;
    this.wakesAt = undefined;
  }

  /** Sets the wall clock, or stops it, or lets it go on. */
  jump(milliseconds: number, stops: boolean): void {
    this.#wallOffset += milliseconds;
    this.#wallStopped = stops && this.#wallStopped === undefined ? this.wall() : undefined;
  }
}

/** When the world begins, in milliseconds since 1970. */
const epoch = Date.UTC(2026, 0, 1);

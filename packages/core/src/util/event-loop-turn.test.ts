import { afterEach, describe, expect, it, vi } from "vitest";
import { giveWay, inTurns, isTurnOver, nextTurn } from "./event-loop-turn.ts";

/** Lets the clock stand, and says what it shows. */
function stopClock() {
  let time = 1000;
  vi.spyOn(performance, "now").mockImplementation(() => time);
  return (milliseconds: number) => {
    time += milliseconds;
  };
}

/** Notes that something else had its turn. */
function otherWork(): { wasDone: boolean } {
  const other = { wasDone: false };
  setImmediate(() => {
    other.wasDone = true;
  });
  return other;
}

describe("a turn of the event loop", () => {
  afterEach(async () => {
    vi.restoreAllMocks();
    await nextTurn();
  });

  it("is over once the work of all who ask has lasted for ten milliseconds", async () => {
    await nextTurn();
    const pass = stopClock();
    expect(isTurnOver()).toBe(false);
    pass(6);
    expect(isTurnOver()).toBe(false);
    pass(6);
    expect(isTurnOver()).toBe(true);
  });

  it("begins anew when the event loop has gone on, whoever worked in it before", async () => {
    await nextTurn();
    const pass = stopClock();
    expect(isTurnOver()).toBe(false);
    pass(60);
    await new Promise(setImmediate);
    expect(isTurnOver()).toBe(false);
  });

  it("begins anew when a fake clock is set back", async () => {
    await nextTurn();
    const pass = stopClock();
    expect(isTurnOver()).toBe(false);
    pass(-500);
    expect(isTurnOver()).toBe(false);
    pass(9);
    expect(isTurnOver()).toBe(false);
    pass(9);
    expect(isTurnOver()).toBe(true);
  });

  it("lets other work go first where it is over, and nobody wait where it is not", async () => {
    await nextTurn();
    const pass = stopClock();
    expect(isTurnOver()).toBe(false);
    const early = otherWork();
    await giveWay();
    expect(early.wasDone).toBe(false);
    pass(10);
    await giveWay();
    expect(early.wasDone).toBe(true);
  });

  it("does work in as many turns as it takes, each step once and in its order", async () => {
    await nextTurn();
    const pass = stopClock();
    const done: number[] = [];
    const seen: number[] = [];
    const work = function* () {
      for (let step = 0; step < 6; step++) {
        done.push(step);
        setImmediate(() => seen.push(step));
        pass(6);
        yield;
      }
      return "all";
    };
    expect(await inTurns(work())).toBe("all");
    expect(done).toEqual([0, 1, 2, 3, 4, 5]);
    expect(seen.length).toBeGreaterThanOrEqual(4);
  });
});

import { expect, it, vi } from "vitest";
import { Random } from "../story/random.ts";
import { sameDump } from "./same-dump.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { installVirtualGlobals, runAs } from "./virtual-globals.ts";

it("leaves a process nothing of the machine's clocks and random numbers", async () => {
  installVirtualGlobals();
  const sense = () => {
    const random = new Random(1);
    runAs(new SimulatedProcess(0, 1, { time: () => 0, random: () => random.next(), skew: 0 }));
    const sensed = [
      new Date().toISOString(),
      new Date(0).toISOString(),
      new Date() instanceof Date,
      Date.now(),
      performance.now(),
      Math.random(),
      crypto.randomUUID(),
      crypto.getRandomValues(new Uint32Array(2)).join(),
    ];
    runAs(undefined);
    return sensed;
  };
  const first = sense();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(sense()).toEqual(first);
  expect(first.slice(0, 3)).toEqual(["2026-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z", true]);
  expect(new Date().toISOString()).not.toBe(first[0]);
});

it("has the same dump from before wherever a story is played", async () => {
  const { text } = await sameDump();
  vi.resetModules();
  const elsewhere = await import("./same-dump.ts");
  expect((await elsewhere.sameDump()).text).toBe(text);
});

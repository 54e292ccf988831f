import { afterEach, describe, expect, it, vi } from "vitest";
import { backends } from "./backends.ts";
import { chosenStores, storeNames, storesLeftOut } from "./chosen-stores.ts";
import { chosenEffort } from "./effort.ts";
import { leftOut } from "./find-server.ts";

afterEach(() => vi.unstubAllEnvs());

describe("LOCI_STORES", () => {
  it("leaves out every store that it does not name", () => {
    vi.stubEnv("LOCI_STORES", "sqlite, in-memory");
    expect(chosenStores()).toEqual(["in-memory", "sqlite"]);
    expect(storesLeftOut()).toEqual(storeNames.slice(2));
  });

  it("leaves out none where it is not set", () => {
    vi.stubEnv("LOCI_STORES", undefined);
    expect(chosenStores()).toEqual(storeNames);
    expect(storesLeftOut()).toEqual([]);
  });

  it.each(["sqlit", "sqlite,", "in_memory,sqlite", " "])("refuses %j, and lists the valid names", (named) => {
    vi.stubEnv("LOCI_STORES", named);
    expect(() => chosenStores()).toThrow(`There are: ${storeNames.join(", ")}.`);
  });

  it("leaves out the servers that only other stores run on, and no server of models", () => {
    vi.stubEnv("LOCI_EFFORT", "normal");
    vi.stubEnv("LOCI_STORES", "in-memory,postgres-pooled");
    const started = backends.filter((backend) => leftOut(backend) === undefined);
    expect(started.map(({ name }) => name)).toEqual(["pgbouncer", "ollama"]);
  });
});

describe("LOCI_EFFORT", () => {
  it("has every server of models left out by the quick loop", () => {
    vi.stubEnv("LOCI_STORES", undefined);
    vi.stubEnv("LOCI_EFFORT", "quick");
    const started = backends.filter((backend) => leftOut(backend) === undefined);
    expect(started.map(({ name }) => name)).not.toContain("ollama");
  });

  it("looks at more the more effort there is", () => {
    const [quick, normal, exhaustive] = ["quick", "normal", "exhaustive"].map((name) => {
      vi.stubEnv("LOCI_EFFORT", name);
      return chosenEffort();
    });
    expect(quick?.traces).toBeLessThan(normal?.traces ?? 0);
    for (const key of ["traces", "seeds", "repeats", "races"] as const)
      expect(normal?.[key]).toBeLessThan(exhaustive?.[key] ?? 0);
    expect(exhaustive).toMatchObject({ seeds: 100, repeats: 20, races: 1000, everyStore: true });
  });

  it("refuses a name that there is not", () => {
    vi.stubEnv("LOCI_EFFORT", "thorough");
    expect(() => chosenEffort()).toThrow("There are: quick, normal, exhaustive.");
  });
});

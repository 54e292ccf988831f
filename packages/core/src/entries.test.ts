import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** The most names that each entry may export: what a person can read through. */
const limits = { index: 110, store: 60, model: 30 } as const;

/** Names that two entries export, since those who implement them import one entry and those who use them the other. */
const shared = ["Embedder", "LanguageModel", "VectorStore"];

describe("the entries of core", () => {
  const entries = Object.fromEntries(Object.keys(limits).map((entry) => [entry, namesOf(entry)]));

  it.each(Object.entries(limits))("%s exports at most %i names", (entry, limit) => {
    expect(entries[entry]?.length).toBeGreaterThan(0);
    expect(entries[entry]?.length).toBeLessThanOrEqual(limit);
  });

  it("share only the contracts that applications name", () => {
    const all = Object.values(entries).flat();
    expect(all.filter((name, index) => all.indexOf(name) !== index).sort()).toEqual(shared);
  });

  it("hold explicit exports and nothing else", () => {
    for (const entry of Object.keys(limits)) {
      const text = textOf(entry).replaceAll(/export (type )?\{[^{}]*\} from "\.\/[^"]+";\n/g, "");
      expect(text, entry).toBe("");
    }
  });
});

function textOf(entry: string): string {
  return readFileSync(join(import.meta.dirname, `${entry}.ts`), "utf8");
}

function namesOf(entry: string): readonly string[] {
  return [...textOf(entry).matchAll(/\{([^{}]*)\}/g)].flatMap(([, names = ""]) =>
    names
      .split(",")
      .map((name) => name.trim().replace(/^type /, ""))
      .filter((name) => name !== ""),
  );
}

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const root = import.meta.dirname;

/** The layers of core, from the top down. A file imports only from its own layer and from those below it. */
const layers = [
  "testing.ts",
  "index.ts",
  "model.ts",
  "store.ts",
  "memory.ts",
  "organization.ts",
  "memory-scope.ts",
  "build-engine.ts",
  "options",
  "migration",
  "erasure",
  "transfer",
  "operations",
  "records",
  "guard",
  "tenancy",
  "namespace",
  "extraction",
  "input",
  "models",
  "keys",
  "store",
  "filter",
  "text",
  "scope",
  "util",
  "errors",
];

/** Imports that go upwards, each with its reason. */
const exceptions: Readonly<Record<string, string>> = {
  "errors/extraction-error.ts -> records/write-result.ts":
    "a type: the error carries what was stored before it",
};

describe("the layers of core", () => {
  const imports = readImports();

  it("are named by every file and folder", () => {
    expect(new Set([...imports.keys()].map(layerOf))).toEqual(new Set(layers));
  });

  it("import only downwards", () => {
    const backward = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((target) => layers.indexOf(layerOf(target)) < layers.indexOf(layerOf(file)))
        .map((target) => `${file} -> ${target}`),
    );
    expect(backward).toEqual(Object.keys(exceptions));
  });

  it("have no circle of files", () => {
    expect(findCircle(imports)).toEqual([]);
  });
});

function layerOf(file: string): string {
  return file.split("/")[0] ?? file;
}

/** What each source file imports of core, types included. */
function readImports(): ReadonlyMap<string, readonly string[]> {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
  );
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), "utf8");
      const targets = [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, path = ""]) =>
        relative(root, resolve(root, dirname(file), path)),
      );
      return [file, targets];
    }),
  );
}

/** The files of a circle of imports, in their order; empty where there is none. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    for (const target of imports.get(file) ?? []) {
      const circle = visit(target, [...path, file]);
      if (circle.length > 0) return circle;
    }
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

import { namespaceKey } from "@loci/core/store";
import { describe, expect, it } from "vitest";
import { manifestOf, recordOf } from "../fixtures.ts";
import { neighbourKeys } from "../neighbour-keys.ts";
import { Canaries } from "./canary.ts";
import { steadyDifference } from "./steady-words.ts";
import { wholeProblem } from "./whole-records.ts";

const key = namespaceKey(manifestOf("acme"));

describe("canaries", () => {
  it("are found as they stand, in errors and in what is written in base64", () => {
    const canaries = new Canaries();
    const { text } = canaries.make("rival");
    canaries.add("rival's key", key);
    const cursor = Buffer.from(`after ${key}`).toString("base64url");
    const writersIn = (surface: unknown) => canaries.foundIn(surface).map(({ writer }) => writer);
    expect(writersIn({ a: text })).toEqual(["rival"]);
    expect(writersIn(new Error("failed", { cause: new Error(text) }))).toEqual(["rival"]);
    expect(writersIn({ cursor })).toEqual(["rival's key"]);
    expect(writersIn({ cursor: "nothing" })).toEqual([]);
  });
});

describe("steadyDifference", () => {
  it("tells what others have changed, and not what differs by chance", () => {
    const seen = (count: number, random: string) => [`version ${random}`, `there are ${count}`];
    expect(steadyDifference(seen(1, "x7"), seen(1, "k2"), seen(4, "p9"))).toEqual({
      at: 1,
      alone: "1",
      besideOthers: "4",
    });
    expect(steadyDifference(seen(1, "x7"), seen(1, "k2"), seen(1, "p9"))).toBeUndefined();
  });

  it("tells words that are there only beside others", () => {
    const difference = steadyDifference(["gone"], ["gone"], ["gone, as are two"]);
    expect(difference).toEqual({ at: 0, alone: "gone", besideOthers: "gone, as are two" });
  });
});

describe("wholeProblem", () => {
  const written = recordOf(key, "one", { fields: { a: "x".repeat(1000), b: 5 } });
  const { keywords: _, vector, ...content } = written;
  const read = { ...content, version: "1", ...(vector ? { vector } : {}) };

  it("finds nothing wrong with a record that came back, whatever the order of its fields", () => {
    const { a, b, ...times } = read.fields;
    expect(
      wholeProblem([written], [{ ...read, fields: { b: b ?? 0, ...times, a: a ?? "" } }], true),
    ).toBeUndefined();
  });

  it("shows the first difference, however long what came back is", () => {
    const cut = { ...read, fields: { ...read.fields, a: "x".repeat(999) } };
    expect(wholeProblem([written], [cut])).toMatch(/^of the record id-one, character \d+ is "…x+/);
  });

  it("knows a missing record, a vector that came from nowhere and one that was changed", () => {
    expect(wholeProblem([written], [])).toContain("of the record id-one");
    const other = { ...read, vector: Float32Array.from(vector ?? [], (value) => -value) };
    expect(wholeProblem([written], [other], true)).toContain("component 0 of the vector is");
    const { vector: _vector, ...without } = written;
    expect(wholeProblem([without], [read], true)).toContain("though it was written without one");
    const { vector: _kept, ...lost } = read;
    expect(wholeProblem([written], [lost], true)).toContain("though it was written with one");
  });
});

describe("neighbourKeys", () => {
  it("differ from a key in one character each, at every place that may differ", () => {
    const neighbours = neighbourKeys(key);
    const places = neighbours.map((neighbour) => {
      const different = [...neighbour].flatMap((letter, at) => (letter === key[at] ? [] : [at]));
      expect(different).toHaveLength(1);
      expect(neighbour).toMatch(/^m1_[a-z2-7]{52}$/);
      return different[0];
    });
    expect(places).toEqual(Array.from({ length: 52 }, (_, index) => index + 3));
  });
});

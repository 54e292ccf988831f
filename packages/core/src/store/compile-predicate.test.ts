import { describe, expect, it } from "vitest";
import type { Filter } from "../filter/filter.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import { exactScopeFilter, type ScopeFilter, scopeFilter } from "../scope/scope-filter.ts";
import { compilePredicate, type PredicateDialect } from "./compile-predicate.ts";
import { scanDialect } from "./scan-dialect.ts";
import type { RecordContent } from "./vector-store.ts";

/** A backend whose predicates are lists, so that a test reads where each part is. */
type Toy = string | readonly [string, ...Toy[]];
const toy: PredicateDialect<Toy> = {
  everything: "everything",
  nothing: "nothing",
  and: (parts) => ["and", ...parts],
  or: (parts) => ["or", ...parts],
  oneOf: (column, values) => `${column} in ${values.map((value) => `<${value}>`).join(" ")}`,
  range: (column, operator, value) => `${column} ${operator} ${value}`,
  field: (comparison) => JSON.stringify(comparison),
};
const alice = scopeFilter({ userId: "alice" });
const scopeOfAlice: readonly Toy[] = ["user in <> <alice>", "agent in <>", "run in <>"];
const asToy = (filter: Filter, scope: ScopeFilter = alice) => compilePredicate({ scope, filter }, toy);

describe("the scope filter", () => {
  it("stands at the root, before ids and filter, whatever the filter is", () => {
    const city = { type: "in", field: "city", values: ["Berlin"], negated: false } as const;
    const or: Filter = { type: "or", filters: [city, { ...city, negated: true }] };
    for (const filter of [city, or, { type: "and", filters: [or, or] } as const]) {
      const [root, user, agent, run, ids, own, ...rest] = compilePredicate<Toy>(
        { scope: alice, ids: ["a", "b"], filter },
        toy,
      ) as readonly Toy[];
      expect(root).toBe("and");
      expect([user, agent, run]).toEqual(scopeOfAlice);
      expect(ids).toBe("id in <a> <b>");
      expect(own).toEqual(compilePredicate({ scope: scopeFilter({}, "within"), filter }, toy));
      expect(rest).toEqual([]);
    }
  });

  it("leaves out a level that is not limited, and asks for the empty one where a level is absent", () => {
    expect(compilePredicate({ scope: scopeFilter({ userId: "alice" }, "within") }, toy)).toBe(
      "user in <alice>",
    );
    expect(compilePredicate({ scope: exactScopeFilter({ user: "", agent: "x", run: "" }) }, toy)).toEqual([
      "and",
      "user in <>",
      "agent in <x>",
      "run in <>",
    ]);
    expect(compilePredicate({ scope: scopeFilter({}, "within") }, toy)).toBe("everything");
    expect(compilePredicate({ scope: scopeFilter({}, "within"), ids: [] }, toy)).toBe("nothing");
  });

  it("goes through the dialect where levels lie in a table of their own, and only then", () => {
    const dialect: typeof toy = { ...toy, scope: (levels) => ["scope", levels] };
    expect(compilePredicate({ scope: alice, ids: ["a"] }, dialect)).toEqual([
      "and",
      ["scope", ["and", ...scopeOfAlice]],
      "id in <a>",
    ]);
    expect(compilePredicate({ scope: scopeFilter({}, "within"), ids: ["a"] }, dialect)).toBe("id in <a>");
  });

  it("is one that core minted, or nothing is compiled", () => {
    const forged = { user: "any", agent: "any", run: "any" };
    for (const scope of [undefined, null, {}, forged, { ...alice }, Object.create(alice), "any"])
      expect(() => compilePredicate({ scope: scope as ScopeFilter }, toy)).toThrow(TypeError);
  });
});

describe("a hostile filter", () => {
  it("cannot name a column: fields called as columns are fields", () => {
    for (const field of ["user", "agent", "run", "id", "created_at", "namespace", "$user", "constructor"]) {
      const filter: Filter = { type: "in", field, values: ["bob"], negated: false };
      expect(asToy(filter)).toEqual(["and", ...scopeOfAlice, JSON.stringify(filter)]);
    }
  });

  it("is refused where it is none of core's", () => {
    const wrong = [
      { type: "or", filters: [] },
      { type: "and", filters: [] },
      { type: "not", filters: [] },
      { type: "raw", sql: "1 = 1" },
      { type: "range", field: "age", operator: "or 1 = 1", value: 1, negated: false },
      { type: "range", field: "$createdAt", operator: "constructor", value: 1, negated: false },
    ];
    for (const filter of wrong) expect(() => asToy(filter as never)).toThrow(TypeError);
  });
});

it("asks core's own numbers by ranges alone, and knows what none of them can be", () => {
  const all = scopeFilter({}, "within");
  const time = (filter: object) =>
    asToy({ field: "$createdAt", negated: false, ...filter } as unknown as Filter, all);
  expect(time({ type: "range", operator: "gt", value: 5 })).toBe("created_at gt 5");
  expect(time({ type: "range", operator: "gt", value: 5, negated: true })).toBe("created_at lte 5");
  expect(time({ type: "in", values: [5, "5"] })).toEqual(["and", "created_at gte 5", "created_at lte 5"]);
  expect(time({ type: "in", values: [5, 6], negated: true })).toEqual([
    "and",
    ["or", "created_at lt 5", "created_at gt 5"],
    ["or", "created_at lt 6", "created_at gt 6"],
  ]);
  expect(time({ type: "in", values: ["5", true] })).toBe("nothing");
  expect(time({ type: "in", values: ["5"], negated: true })).toBe("everything");
  expect(time({ type: "exists" })).toBe("everything");
  expect(time({ type: "exists", negated: true })).toBe("nothing");
});

it("means, read record by record, what the reference does: what lacks a field is matched by a negation", () => {
  const record = (user: string, own: Record<string, string | number>): RecordContent => ({
    id: `of ${user}`,
    namespace: "" as never,
    scopeKey: { user, agent: "", run: "" },
    fields: { $createdAt: 5, $validFrom: 5, $validTo: 9, $expiresAt: 9, ...own },
    payload: "",
  });
  const records = [record("alice", { city: "Bonn" }), record("alice", {}), record("bob", { city: "Bonn" })];
  const visible = (filter: object) =>
    records.map(compilePredicate({ scope: alice, filter: parseFilter(filter) }, scanDialect));
  expect(visible({ city: "Bonn" })).toEqual([true, false, false]);
  expect(visible({ city: { $ne: "Bonn" } })).toEqual([false, true, false]);
  expect(visible({ $or: [{ city: "Bonn" }, { $not: { city: "Bonn" } }] })).toEqual([true, true, false]);
  const since: Filter = { type: "range", field: "$createdAt", operator: "gte", value: 6, negated: true };
  expect(records.map(compilePredicate({ scope: alice, filter: since }, scanDialect))).toEqual([
    true,
    true,
    false,
  ]);
});

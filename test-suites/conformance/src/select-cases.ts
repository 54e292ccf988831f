import { InvalidInputError } from "@loci/core";
import { closest } from "fastest-levenshtein";
import { cases } from "./cases/index.ts";
import type { ConformanceCase } from "./conformance-case.ts";

/** Which cases a run is about. */
export interface Selection {
  /** Ids of cases, or patterns of them, in which `*` stands for anything. Default: all cases. */
  readonly only?: readonly string[];
  /** `store`: the bare adapter. `engine`: the memory on top. Default: both. */
  readonly layer?: ConformanceCase["layer"];
}

/**
 * The cases that are chosen, in the order of the suite.
 * @throws InvalidInputError for a pattern that names no case
 */
export function selectCases({ only, layer }: Selection): readonly ConformanceCase[] {
  const matchers = only?.map(matcherOf);
  const chosen = cases.filter(
    (one) =>
      (layer === undefined || one.layer === layer) &&
      (matchers === undefined || matchers.some((matches) => matches(one.id))),
  );
  if (chosen.length > 0) return chosen;
  throw new InvalidInputError(`No case of ${only?.join(", ") ?? "the suite"} is of the layer "${layer}".`, {
    path: "layer",
  });
}

function matcherOf(pattern: string): (id: string) => boolean {
  const escaped = pattern.split("*").map((part) => part.replace(/[^\w-]/g, "\\$&"));
  const expression = new RegExp(`^${escaped.join(".*")}$`);
  const ids = cases.map(({ id }) => id);
  if (ids.some((id) => expression.test(id))) return (id) => expression.test(id);
  const alike = ids.filter((id) => pattern !== "" && id.includes(pattern)).slice(0, 5);
  const meant = alike.length > 0 ? alike.join(", ") : closest(pattern, ids);
  throw new InvalidInputError(`There is no case "${pattern}". Did you mean ${meant}?`, { path: "only" });
}

import type { InnerScope, Levels } from "./scope.ts";

/** Where a record lives inside its namespace. The empty string means "shared at this level". */
export interface Placement {
  readonly user: string;
  readonly agent: string;
  readonly run: string;
}

declare const brand: unique symbol;
const mark: unique symbol = Symbol.for("loci.reach") as never;

/** The values that a record may have at one level, or `any`. Never empty. */
export type Allowed = readonly string[] | "any";

/**
 * The scope predicate of an operation: a record is inside when each of its three levels is among those allowed.
 * Only core mints one, and every operation of a store carries one: a store puts it at the root of the
 * conjunction, where no filter can widen it.
 */
export interface Reach {
  readonly [brand]: true;
  readonly user: Allowed;
  readonly agent: Allowed;
  readonly run: Allowed;
}

function mint(user: Allowed, agent: Allowed, run: Allowed): Reach {
  const reach = { user, agent, run };
  for (const allowed of Object.values(reach)) Object.freeze(allowed);
  Object.defineProperty(reach, mark, { value: true });
  return Object.freeze(reach) as Reach;
}

/** Where a memory written at `scope` is placed. */
export function placementOf(scope: InnerScope): Placement {
  return Object.freeze({ user: scope.userId ?? "", agent: scope.agentId ?? "", run: scope.runId ?? "" });
}

/** What a read at `scope` reaches. */
export function readReach(scope: InnerScope, levels: Levels = "visible"): Reach {
  if (levels === "within") return writeReach(scope);
  const { user, agent, run } = placementOf(scope);
  if (levels === "own") return exactReach({ user, agent, run });
  const upTo = (value: string): Allowed => (value === "" ? [""] : ["", value]);
  return mint(upTo(user), upTo(agent), upTo(run));
}

/** Reaches exactly the records at one placement. */
export function exactReach({ user, agent, run }: Placement): Reach {
  return mint([user], [agent], [run]);
}

/** What a write at `scope` reaches: the memories at the scope and below it. */
export function writeReach(scope: InnerScope): Reach {
  const downFrom = (value: string | undefined): Allowed => (value === undefined ? "any" : [value]);
  return mint(downFrom(scope.userId), downFrom(scope.agentId), downFrom(scope.runId));
}

/** Whether a value is a reach that core minted, so that a store can refuse anything else. */
export function isReach(value: unknown): value is Reach {
  return typeof value === "object" && value !== null && Object.hasOwn(value, mark);
}

/** @throws TypeError for anything but a reach that core minted: without one, nothing is reached. */
export function assertReach(value: unknown): asserts value is Reach {
  if (!isReach(value)) throw new TypeError("A query needs a reach that core has made.");
}

/** Whether a record placed there is inside the reach. */
export function reaches(reach: Reach, placement: Placement): boolean {
  const allows = (allowed: Allowed, value: string) => allowed === "any" || allowed.includes(value);
  return (
    allows(reach.user, placement.user) &&
    allows(reach.agent, placement.agent) &&
    allows(reach.run, placement.run)
  );
}

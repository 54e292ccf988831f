import type { RightStore } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

/** A saboteur, and the case that is about its bug. */
export interface NamedSaboteur extends Saboteur {
  readonly killer: string;
}

/** One with its bug in the store. */
export function wrong(
  id: string,
  bug: string,
  killer: string,
  Store: new () => RightStore,
  level: Saboteur["level"] = "isolation",
): NamedSaboteur {
  return { id, bug, killer, layer: "store", level, makeStore: () => new Store() };
}

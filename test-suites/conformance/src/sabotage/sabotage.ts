import type { ConformanceHarness } from "../harness.ts";
import { mistakenStore } from "./mistaken-store.ts";
import { sabotages } from "./sabotages.ts";

/**
 * A harness whose store is broken in one way. A suite that gives it the verdict "isolated" would not notice this in a store of
 * yours.
 * @param name one of `sabotages`
 * @throws RangeError for any other name
 * @example
 * ```ts
 * const report = await runConformance(sabotage(harness, "forgets-the-reach-list"));
 * ```
 */
export function sabotage(harness: ConformanceHarness, name: string): ConformanceHarness {
  const chosen = sabotages.find((one) => one.name === name);
  if (!chosen)
    throw new RangeError(
      `There is no sabotage "${name}". There are: ${sabotages.map((one) => one.name).join(", ")}.`,
    );
  const { mistake } = chosen;
  return {
    ...harness,
    name: `${harness.name}, which ${name}`,
    async create() {
      const instance = await harness.create();
      const second = instance.second?.bind(instance);
      return {
        ...instance,
        store: mistakenStore(instance.store, mistake),
        ...(second ? { second: async () => mistakenStore(await second(), mistake, true) } : {}),
      };
    },
  };
}

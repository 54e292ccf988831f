import { chosenStores, type StoreName } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { testConformance } from "@loci/conformance/vitest";
import { Memory } from "@loci/core/testing";
import { afterAll, describe, it } from "vitest";
import { loadSubject } from "./subjects.ts";

/** Runs the conformance suite on a store as tests, where it is chosen and its server is to be had. */
export async function testSubject(name: StoreName): Promise<void> {
  if (!chosenStores().includes(name)) {
    describe(name, () => it.skip("is left out by LOCI_STORES", () => {}));
    return;
  }
  const { backend, harness, stop } = await loadSubject(name);
  const tests = () => {
    afterAll(stop);
    testConformance({ createMemory: (options) => new Memory(options), ...harness });
  };
  if (backend) describeBackend(backend, `on ${backend.title}`, tests);
  else describe("embedded", tests);
}

import { describe, it } from "vitest";
import type { Backend } from "./backend.ts";
import { leftOut, missing } from "./find-server.ts";

/**
 * Tests that need a server. They are skipped where the run leaves it out, or where there is none, and the end of the run
 * says which and why. With `LOCI_REQUIRE_BACKENDS` set, tests without their server fail.
 */
export function describeBackend(backend: Backend, title: string, tests: () => void): void {
  const onPurpose = leftOut(backend);
  if (onPurpose !== undefined) {
    describe(title, () => it.skip(onPurpose, () => {}));
    return;
  }
  const reason = missing(backend);
  if (reason === undefined) {
    describe(title, tests);
    return;
  }
  const required = Boolean(process.env.LOCI_REQUIRE_BACKENDS);
  describe(title, () => {
    it.skipIf(!required)("has its server", () => {
      throw new Error(reason);
    });
  });
}

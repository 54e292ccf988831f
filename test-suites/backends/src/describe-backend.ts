import { describe, it } from "vitest";
import type { Backend } from "./backend.ts";
import { missing } from "./find-server.ts";

/**
 * Tests that need a server. Where there is none they are skipped, and the end of the run says which and why; with
 * `LOCI_REQUIRE_BACKENDS` set, they fail.
 */
export function describeBackend(backend: Backend, title: string, tests: () => void): void {
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

import type { Reporter, TestModule } from "vitest/node";
import { backends, missing } from "../test-suites/backends/src/index.ts";

/**
 * Ends a run with one line, `N passed, N failed, N skipped`, over all tests, after the servers that were not to be had. A run
 * without tests has failed.
 */
class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      if (module.errors().length > 0) counts.failed += 1;
    }
    // What was begun and never ended has not passed.
    const failed = counts.failed + counts.pending;
    process.once("exit", () => {
      for (const reason of backends.flatMap((backend) => missing(backend) ?? []))
        console.log(`Not run: ${reason}`);
      console.log(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
    });
  }
}

export default ClosingLineReporter;

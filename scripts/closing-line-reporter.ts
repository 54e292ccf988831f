import type { Reporter, TestModule } from "vitest/node";
import {
  backends,
  chosenEffort,
  chosenStores,
  leftOut,
  missing,
  storesLeftOut,
} from "../test-suites/backends/src/index.ts";

/**
 * Ends a run with one line, `N passed, N failed, N skipped`, over all tests, after what the run left out and the servers
 * that were not to be had. A run without tests has failed.
 */
class ClosingLineReporter implements Reporter {
  /** A misspelt variable ends the run before its first test. */
  onInit(): void {
    chosenStores();
    chosenEffort();
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 };
    for (const module of modules) {
      for (const test of module.children.allTests()) counts[test.result().state] += 1;
      if (module.errors().length > 0) counts.failed += 1;
    }
    // What was begun and never ended has not passed.
    const failed = counts.failed + counts.pending;
    process.once("exit", () => {
      for (const line of omissions()) console.log(line);
      console.log(`\n${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
    });
  }
}

/** What was not run, a line each. */
function* omissions(): Iterable<string> {
  const stores = storesLeftOut();
  if (stores.length > 0) yield `Left out by LOCI_STORES: ${stores.join(", ")}`;
  const { leavesOut } = chosenEffort();
  if (leavesOut) yield leavesOut;
  for (const backend of backends) {
    const reason = leftOut(backend) === undefined ? missing(backend) : undefined;
    if (reason) yield `Not run: ${reason}`;
  }
}

export default ClosingLineReporter;

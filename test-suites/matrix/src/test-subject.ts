import { describeBackend } from "@loci/backends/vitest";
import { testConformance } from "@loci/conformance/vitest";
import { afterAll, describe } from "vitest";
import type { Subject } from "./subject.ts";

/** Runs the conformance suite on a store as tests, where its server is to be had. */
export function testSubject({ backend, harness, stop }: Subject): void {
  const tests = () => {
    afterAll(stop);
    testConformance(harness);
  };
  if (backend) describeBackend(backend, `on ${backend.title}`, tests);
  else describe("embedded", tests);
}

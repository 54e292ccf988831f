import { testConformance } from "@loci/conformance/vitest";
import { harness } from "./harness.ts";

testConformance(harness);

import { testConformance } from "@loci/conformance/vitest";
import { inMemoryHarness } from "./harnesses/in-memory.ts";
import { sqliteHarness } from "./harnesses/sqlite.ts";

testConformance(inMemoryHarness);
testConformance(sqliteHarness);

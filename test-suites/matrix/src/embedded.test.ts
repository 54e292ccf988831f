import { inMemoryHarness } from "./harnesses/in-memory.ts";
import { pgliteSubject } from "./harnesses/pglite.ts";
import { sqliteHarness } from "./harnesses/sqlite.ts";
import { embedded } from "./subject.ts";
import { testSubject } from "./test-subject.ts";

testSubject(embedded(inMemoryHarness));
testSubject(embedded(sqliteHarness));
testSubject(pgliteSubject);

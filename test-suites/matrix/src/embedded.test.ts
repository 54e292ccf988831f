import { testSubject } from "./test-subject.ts";

await testSubject("in-memory");
await testSubject("sqlite");
await testSubject("pglite");

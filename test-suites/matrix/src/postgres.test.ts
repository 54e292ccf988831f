import { testSubject } from "./test-subject.ts";

await testSubject("postgres");
await testSubject("postgres-pooled");

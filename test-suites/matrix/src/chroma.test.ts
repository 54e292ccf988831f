import { testSubject } from "./test-subject.ts";

await testSubject("chroma");

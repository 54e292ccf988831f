import { qdrantSubject } from "./harnesses/qdrant.ts";
import { testSubject } from "./test-subject.ts";

testSubject(qdrantSubject);

import { chromaSubject } from "./harnesses/chroma.ts";
import { testSubject } from "./test-subject.ts";

testSubject(chromaSubject);

import { elasticsearchSubject } from "./harnesses/elasticsearch.ts";
import { testSubject } from "./test-subject.ts";

testSubject(elasticsearchSubject);

import { pooledPostgresSubject, postgresSubject } from "./harnesses/postgres.ts";
import { testSubject } from "./test-subject.ts";

testSubject(postgresSubject);
testSubject(pooledPostgresSubject);

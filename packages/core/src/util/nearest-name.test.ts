import { expect, it } from "vitest";
import { namesHint, nearestName } from "./nearest-name.ts";

const scope = ["orgId", "userId", "agentId", "runId"];
const constructorNames = ["store", "embedder", "languageModel", "instructions", "deployment"];
const operators = ["$eq", "$ne", "$in", "$nin", "$gt", "$gte", "$lt", "$lte", "$exists"];

it.each([
  ["orgid", scope, "orgId"],
  ["org_id", scope, "orgId"],
  ["tenantId", scope, "orgId"],
  ["organizationId", scope, "orgId"],
  ["user_id", scope, "userId"],
  ["usreId", scope, "userId"],
  ["threadId", scope, "runId"],
  ["llm", constructorNames, "languageModel"],
  ["model", constructorNames, "languageModel"],
  ["embeder", constructorNames, "embedder"],
  ["gt", operators, "$gt"],
  ["$lte ", operators, "$lte"],
  ["$exist", operators, "$exists"],
  ["limitt", ["limit", "filter"], "limit"],
  ["form", ["from", "region"], "from"],
])("%s among %j means %s", (given, names, meant) => {
  expect(nearestName(given, names)).toBe(meant);
});

it.each(["zebra", "", "x", "__proto__", "constructor", "toString", "orgId".repeat(100)])(
  "%s means none of them",
  (given) => {
    expect(nearestName(given, scope)).toBeUndefined();
  },
);

it("says what was meant, and what there is", () => {
  expect(namesHint("tenantId", scope)).toBe("did you mean orgId? There are orgId, userId, agentId, runId");
  expect(namesHint("zebra", scope)).toBe("there are orgId, userId, agentId, runId");
  expect(namesHint(Symbol("orgId"), ["orgId"])).toBe("there is orgId");
});

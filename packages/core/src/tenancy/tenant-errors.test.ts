import { describe, expect, it } from "vitest";
import { Memory } from "../memory.ts";
import { Organization } from "../organization.ts";
import { busy, busyReasons } from "./tenant-errors.ts";

const acme = { kind: "organization", orgId: "acme" } as const;

/** The methods that may be advised for each reason. Those that delete an organization stand where nothing else helps. */
const advised: { readonly [reason in keyof typeof busyReasons]: readonly string[] } = {
  migrating: ["cancelMigration"],
  overtaken: ["organizations"],
  moved: [],
  reembedded: ["confirm", "revert"],
  importing: ["offboard"],
  imported: [],
  onboarding: [],
};

describe.each(Object.keys(advised) as (keyof typeof advised)[])("the error of a tenant: %s", (reason) => {
  it("says what goes on, and advises what helps and nothing else", () => {
    const { message, code, retryable } = busy(acme, reason);
    expect(code).toBe("ORGANIZATION_BUSY");
    expect(message).toMatch(/^Organization "acme" (is|was) .+\. [A-Z].+\.$/);
    expect(retryable).toBe(busyReasons[reason].retryable);
    const methods = [...message.matchAll(/(\w+)\(\)/g)].map(([, name = ""]) => name);
    expect(methods).toEqual(advised[reason]);
    for (const name of methods)
      expect([Memory, Organization].some(({ prototype }) => name in prototype)).toBe(true);
  });
});

it("is of every reason that there is", () => {
  expect(Object.keys(advised)).toEqual(Object.keys(busyReasons));
});

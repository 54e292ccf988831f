import { expect, it } from "vitest";
import { VerifiedStore } from "../namespace/verified-store.ts";
import type { Tenant } from "../scope/tenant.ts";
import { inMemory } from "../store/in-memory-store.ts";
import { SystemNamespace } from "./system-namespace.ts";
import { TenantRegistry } from "./tenant-registry.ts";

const tenant = { kind: "organization", orgId: "acme" } as Tenant;
const place = (cell: string, generation: number) => ({ region: "default", cell, generation });

it("keeps a switch, whatever of its run arrives later and whoever cancels it", async () => {
  const registry = new TenantRegistry(new SystemNamespace(new VerifiedStore(inMemory()), "default"));
  await registry.record("onboarded", tenant, 1, { place: place("here", 1) }, {});
  const step = (phase: "copying" | "switched" | "stopped" | "cancelled", migrationId: string, of?: string) =>
    registry.advance(
      tenant,
      1,
      { to: place("there", 2), keepsPrevious: false, migrationId, began: 0, phase },
      (current) => current?.run === of,
      {},
    );
  expect(await step("copying", "one")).toBe(true);
  expect(await step("switched", "one")).toBe(true);
  expect(await step("switched", "one")).toBe(true);
  expect(await step("stopped", "one")).toBe(false);
  expect(await step("cancelled", "another", "one")).toBe(false);
  expect((await registry.state(tenant, {})).location).toEqual(place("there", 2));
});

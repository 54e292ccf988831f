import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import type { Guard } from "../guard/guard.ts";
import type { Call } from "../input/call-options.ts";
import { residueNow } from "../operations/delete.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import type { Tenant } from "../scope/tenant.ts";
import { distinctResidue } from "../store/distinct-residue.ts";
import { busy } from "../tenancy/tenant-errors.ts";
import type { TenantSession, TenantSessions } from "../tenancy/tenant-sessions.ts";
import { forget, planForget } from "./forget.ts";
import type { Offboarding } from "./offboarding.ts";
import { countErased, type ErasurePlan, type ErasureReceipt } from "./receipt.ts";

/** Forgets everything at a scope and below it, and issues a receipt. */
export class ScopeEraser {
  readonly #guard: Guard;
  readonly #sessions: TenantSessions;
  readonly #offboarding: Offboarding;

  constructor(guard: Guard, sessions: TenantSessions, offboarding: Offboarding) {
    this.#guard = guard;
    this.#sessions = sessions;
    this.#offboarding = offboarding;
  }

  /** What `forget` would delete. */
  async plan(scope: ParsedScope, call: Call): Promise<ErasurePlan> {
    return this.#guard.read<ErasurePlan>(
      { name: "planForget", counts: ({ memories }) => ({ found: memories }) },
      scope,
      call,
      planForget,
      () => this.#offboarding.planOfNothing(scope),
    );
  }

  /**
   * Of an organization that has never stored anything, there is nothing to forget, and the receipt says so.
   * @throws OrganizationBusyError during a migration, whose copy may keep what was deleted
   */
  async forget(scope: ParsedScope, call: Call): Promise<ErasureReceipt> {
    const { tenant, inner } = scope;
    return this.#guard.audit.record({ name: "forget", counts: countErased }, scope, call, () =>
      this.#guard.withTenant(scope, call, async (options) => {
        // A receipt needs the current registry, not a cached session.
        this.#sessions.forget(tenant);
        const before = await this.#sessions.openToWrite(tenant, options);
        const left = before ? await this.#sessions.dropLeft(tenant, before, options) : [];
        this.#sessions.forget(tenant);
        const session = await this.#sessions.openToWrite(tenant, options);
        if (!session?.state.location) {
          const checks = ["the registry has never listed the organization, so nothing of it is stored"];
          const erased = { scope: inner, memories: 0, checks, residue: [], actor: call.actor ?? null };
          return this.#offboarding.receipt("forget", tenant, undefined, erased, options);
        }
        assertNoCopy(tenant, session);
        const context = this.#guard.contextFor(scope, session, options);
        const forgotten = await forget(context).catch((error: unknown) => {
          // What was counted would be counted again where it is now, and found to be nothing.
          throw NamespaceNotFoundError.isInstance(error) ? busy(tenant, "moved") : error;
        });
        this.#sessions.forget(tenant);
        const after = await this.#sessions.open(tenant, options);
        if (after) assertNoCopy(tenant, after);
        if (after?.state.version !== session.state.version) throw busy(tenant, "moved");
        // Also where nothing was left to delete: what an earlier call has deleted may still be held.
        const residue = distinctResidue([...(await residueNow(context)), ...left]);
        const erased = { scope: inner, ...forgotten, residue, actor: call.actor ?? null };
        return this.#offboarding.receipt("forget", tenant, session.state.location, erased, options);
      }),
    );
  }
}

/** A running migration may copy what was deleted. */
function assertNoCopy(tenant: Tenant, { state }: TenantSession): void {
  if (state.migration) throw busy(tenant, "migrating");
}

import { forget } from "../erasure/forget.ts";
import type { Offboarding } from "../erasure/offboarding.ts";
import type { ErasureReceipt } from "../erasure/receipt.ts";
import { ClosedError } from "../errors/closed-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { type Call, signalOf } from "../input/options.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import type { Tenant } from "../scope/tenant.ts";
import { busy, gone } from "../tenancy/tenant-errors.ts";
import type { TenantSession, TenantSessions } from "../tenancy/tenant-sessions.ts";
import type { KeyedLock } from "../util/keyed-lock.ts";
import { Audit, type Operation } from "./audit.ts";
import type { ExpirySchedule } from "./expiry-schedule.ts";
import type { LastMessages } from "./last-messages.ts";
import type { OperationContext } from "./operation-context.ts";

/** What the guard hands to every operation, beside its scope and what its region has. */
interface Shared {
  readonly sessions: TenantSessions;
  readonly offboarding: Offboarding;
  /** Whether any region has a language model. */
  readonly infers: boolean;
  readonly locks: KeyedLock;
  readonly lastMessages: LastMessages;
  readonly expiry: ExpirySchedule;
}

type Open = Pick<TenantSession, "namespace" | "embedder" | "region"> & {
  readonly previousNamespace?: VerifiedNamespace | undefined;
};

/** The one door to namespaces: every operation on memories passes it, with a scope that was checked, and is told of. */
export class Guard {
  /** Tells of every operation. */
  readonly audit: Audit = new Audit();
  readonly #shared: Shared;
  #closed = false;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** Runs an operation that creates the tenant's namespace where there is none yet. */
  async write<T>(
    name: Operation,
    scope: ParsedScope,
    call: Call,
    operation: (context: OperationContext) => Promise<T>,
  ): Promise<T> {
    return this.#write(
      name,
      scope,
      call,
      (options) => this.#shared.sessions.openOrCreate(scope.tenant, options),
      operation,
      () => {
        throw gone(scope.tenant);
      },
    );
  }

  /** Runs an operation that changes what exists; `otherwise` answers for a tenant that has never stored anything. */
  async change<T>(
    name: Operation,
    scope: ParsedScope,
    call: Call,
    operation: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    const find = (options: OperationContext["signal"]) =>
      this.#shared.sessions.openToWrite(scope.tenant, options);
    return this.#write(name, scope, call, find, operation, otherwise);
  }

  /** Runs an operation that only reads; `otherwise` answers for a tenant that has never stored anything. */
  async read<T>(
    name: Operation,
    scope: ParsedScope,
    call: Call,
    operation: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.audit.record(name, scope, call, () => this.resume(scope, call, operation, otherwise));
  }

  /** Runs a further step of an operation that was told of already, such as the next page of an export. */
  async resume<T>(
    scope: ParsedScope,
    call: Call,
    operation: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.#withTenant(scope, call, async (options) => {
      const open = await this.#shared.sessions.open(scope.tenant, options);
      return open ? operation(this.contextFor(scope, open, options)) : otherwise();
    });
  }

  /**
   * Runs a deletion, and gives a receipt for it.
   * @throws OrganizationBusyError while the memories are on the way to another namespace, where copies may be left
   */
  async forget(scope: ParsedScope, call: Call, otherwise: () => never): Promise<ErasureReceipt> {
    const { sessions, offboarding } = this.#shared;
    return this.audit.record("forget", scope, call, () =>
      this.#withTenant(scope, call, async (options) => {
        // What this process remembers of the directory is not enough for a receipt.
        sessions.forget(scope.tenant);
        const open = await sessions.openToWrite(scope.tenant, options);
        if (!open?.state.location) return otherwise();
        assertNoCopy(scope.tenant, open);
        const forgotten = await forget(this.contextFor(scope, open, options));
        sessions.forget(scope.tenant);
        const after = await sessions.open(scope.tenant, options);
        if (after) assertNoCopy(scope.tenant, after);
        if (after?.state.version !== open.state.version) throw busy(scope.tenant, "being moved");
        const residue = forgotten.memories === 0 ? [] : open.namespace.residue;
        const erased = { scope: scope.inner, ...forgotten, residue, actor: call.actor ?? null };
        return offboarding.receipt("forget", scope.tenant, open.state.location, erased, options);
      }),
    );
  }

  /** Runs an import into what may not be seen yet; it is, when the operation is through. */
  async import<T>(
    scope: ParsedScope,
    region: string | undefined,
    call: Call,
    dump: string,
    operation: (context: OperationContext, isNew: boolean) => Promise<T>,
  ): Promise<T> {
    return this.audit.record("import", scope, call, async () => {
      this.assertOpen();
      const { sessions } = this.#shared;
      const options = signalOf(call);
      const target = await sessions.beginImport(scope.tenant, dump, region, options);
      const result = await operation(this.contextFor(scope, target.open, options), target.isNew);
      if (target.isNew) await sessions.finishImport(scope.tenant, target, options);
      else if (!(await sessions.isCurrent(scope.tenant, target.open, options)))
        throw busy(scope.tenant, "being moved");
      return result;
    });
  }

  /** Whether messages can become facts: in some region, at least. */
  get infers(): boolean {
    return this.#shared.infers;
  }

  assertOpen(): void {
    if (this.#closed) throw new ClosedError("This memory was closed. Make a new one to go on.");
  }

  close(): void {
    this.#closed = true;
  }

  /** What an operation at a scope may touch of a tenant that is open. */
  contextFor(scope: ParsedScope, open: Open, signal: OperationContext["signal"]): OperationContext {
    const { locks, lastMessages, expiry } = this.#shared;
    const { namespace, embedder, previousNamespace, region } = open;
    const { inference, reranker } = region;
    return {
      namespace,
      previousNamespace,
      scope,
      embedder,
      inference,
      reranker,
      locks,
      lastMessages,
      expiry,
      signal,
    };
  }

  /**
   * Runs a write, and again where the tenant lives now when it was switched over to another namespace meanwhile: then what
   * was written may have been left behind. Every write can be repeated; what it did is what it did first.
   */
  async #write<T>(
    name: Operation,
    scope: ParsedScope,
    call: Call,
    find: (options: OperationContext["signal"]) => Promise<TenantSession | undefined>,
    operation: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.audit.record(name, scope, call, () =>
      this.#withTenant(scope, call, async (options) => {
        let open = await find(options);
        if (!open) return otherwise();
        const result = await operation(this.contextFor(scope, open, options));
        while (open && !(await this.#shared.sessions.isCurrent(scope.tenant, open, options))) {
          open = await find(options);
          if (open) await operation(this.contextFor(scope, open, options));
        }
        return result;
      }),
    );
  }

  async #withTenant<T>(
    scope: ParsedScope,
    call: Call,
    run: (options: OperationContext["signal"]) => Promise<T>,
  ): Promise<T> {
    this.assertOpen();
    call.signal?.throwIfAborted();
    const options = signalOf(call);
    try {
      return await run(options);
    } catch (error) {
      if (!NamespaceNotFoundError.isInstance(error)) throw error;
      // Another process dropped the namespace behind a handle kept here: ask the directory again.
      this.#shared.sessions.forget(scope.tenant);
      return run(options);
    }
  }
}

/** What is being copied cannot be said to be gone. */
function assertNoCopy(tenant: Tenant, { state }: TenantSession): void {
  if (state.migration) throw busy(tenant, "being moved");
}

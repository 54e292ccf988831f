import { ClosedError } from "../errors/closed-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { type Call, signalOf } from "../input/call-options.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import type { Onboarding } from "../tenancy/onboarding.ts";
import { gone } from "../tenancy/tenant-errors.ts";
import type { TenantSession, TenantSessions } from "../tenancy/tenant-sessions.ts";
import { KeyedLock } from "../util/keyed-lock.ts";
import { Audit, type Reported } from "./audit.ts";
import { ExpirySchedule } from "./expiry-schedule.ts";
import { LastMessages } from "./last-messages.ts";
import type { OperationContext } from "./operation-context.ts";

/**
 * The only way to a namespace. Every operation goes through it with a validated scope, and is reported to audit
 * listeners.
 */
export class Guard {
  readonly audit: Audit = new Audit();
  /** Whether any region has a language model. */
  readonly infers: boolean;
  readonly #sessions: TenantSessions;
  readonly #onboarding: Onboarding;
  readonly #shared = {
    locks: new KeyedLock(),
    lastMessages: new LastMessages(),
    expiry: new ExpirySchedule(),
  } as const;
  #closed = false;

  constructor(sessions: TenantSessions, onboarding: Onboarding, infers: boolean) {
    this.#sessions = sessions;
    this.#onboarding = onboarding;
    this.infers = infers;
  }

  /** Runs an operation that creates the tenant's namespace where there is none yet. */
  async write<T>(
    operation: Reported<T>,
    scope: ParsedScope,
    call: Call,
    run: (context: OperationContext) => Promise<T>,
  ): Promise<T> {
    const { tenant } = scope;
    const find = async (options: OperationContext["signal"]) =>
      (await this.#sessions.openToWrite(tenant, options)) ??
      (await this.#onboarding.onboard(tenant, undefined, options));
    return this.#write(operation, scope, call, find, run, () => {
      throw gone(tenant);
    });
  }

  /** Runs an operation that changes what exists; `otherwise` answers for a tenant that has never stored anything. */
  async change<T>(
    operation: Reported<T>,
    scope: ParsedScope,
    call: Call,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    const find = (options: OperationContext["signal"]) => this.#sessions.openToWrite(scope.tenant, options);
    return this.#write(operation, scope, call, find, run, otherwise);
  }

  /** Runs an operation that only reads; `otherwise` answers for a tenant that has never stored anything. */
  async read<T>(
    operation: Reported<T>,
    scope: ParsedScope,
    call: Call,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.audit.record(operation, scope, call, () => this.resume(scope, call, run, otherwise));
  }

  /** Runs a further step of an operation that was already reported, such as the next page of an export. */
  async resume<T>(
    scope: ParsedScope,
    call: Call,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.withTenant(scope, call, async (options) => {
      const session = await this.#sessions.open(scope.tenant, options);
      return session ? run(this.contextFor(scope, session, options)) : otherwise();
    });
  }

  /** Runs a step on a tenant. Repeats it when another process has dropped the namespace of a cached session. */
  async withTenant<T>(
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
      this.#sessions.forget(scope.tenant);
      return run(options);
    }
  }

  /** The context of an operation at a scope of an open tenant. */
  contextFor(
    scope: ParsedScope,
    session: Pick<TenantSession, "namespace" | "embedder" | "region"> &
      Partial<Pick<TenantSession, "previousNamespace">>,
    signal: OperationContext["signal"],
  ): OperationContext {
    const { namespace, embedder, previousNamespace, region } = session;
    const { inference, reranker } = region;
    return { ...this.#shared, namespace, previousNamespace, scope, embedder, inference, reranker, signal };
  }

  /** @throws ClosedError */
  assertOpen(): void {
    if (this.#closed) throw new ClosedError("This memory was closed. Create a new one to continue.");
  }

  close(): void {
    this.#closed = true;
  }

  /**
   * Runs a write. Repeats it if a migration switched the namespace meanwhile, since the copy may have missed it. The
   * result is that of the first run.
   */
  async #write<T>(
    operation: Reported<T>,
    scope: ParsedScope,
    call: Call,
    find: (options: OperationContext["signal"]) => Promise<TenantSession | undefined>,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.audit.record(operation, scope, call, () =>
      this.withTenant(scope, call, async (options) => {
        let session = await find(options);
        if (!session) return otherwise();
        const result = await run(this.contextFor(scope, session, options));
        while (session && !(await this.#sessions.isCurrent(scope.tenant, session, options))) {
          session = await find(options);
          if (session) await run(this.contextFor(scope, session, options));
        }
        return result;
      }),
    );
  }
}

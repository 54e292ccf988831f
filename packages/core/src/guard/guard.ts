import { ClosedError } from "../errors/closed-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { type Call, signalOf } from "../input/call-options.ts";
import type { VerifiedNamespace } from "../namespace/verified-namespace.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { distinctResidue } from "../store/distinct-residue.ts";
import type { Residue } from "../store/vector-store.ts";
import type { Onboarding } from "../tenancy/onboarding.ts";
import { gone } from "../tenancy/tenant-errors.ts";
import type { TenantSession, TenantSessions } from "../tenancy/tenant-sessions.ts";
import type { Steps } from "../util/steps.ts";
import { settledWithin, Turns } from "../util/turns.ts";
import { Audit, type Reported } from "./audit.ts";
import { ExpirySchedule } from "./expiry-schedule.ts";
import { LastMessages } from "./last-messages.ts";
import type { OperationContext } from "./operation-context.ts";
import { WriteLog } from "./write-log.ts";

/**
 * The only way to a namespace. Every operation goes through it with a validated scope, and is reported to audit
 * listeners.
 */
export class Guard {
  readonly audit: Audit = new Audit();
  /** Whether any region has a language model. */
  readonly infers: boolean;
  /** Whose days are meant, where a call does not say. */
  readonly timeZone: string;
  /** The steps of operations, for who observes them. */
  readonly steps: Steps;
  readonly #sessions: TenantSessions;
  readonly #onboarding: Onboarding;
  readonly #shared = {
    turns: new Turns(),
    lastMessages: new LastMessages(),
    expiry: new ExpirySchedule(),
  } as const;
  readonly #repeat: (context: OperationContext) => Promise<void>;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  /** @param repeat writes what an operation has written, as its log has it, into the namespace of its context */
  constructor(
    sessions: TenantSessions,
    onboarding: Onboarding,
    { infers, timeZone, steps }: Pick<Guard, "infers" | "timeZone" | "steps">,
    repeat: (context: OperationContext) => Promise<void>,
  ) {
    this.#sessions = sessions;
    this.#onboarding = onboarding;
    this.infers = infers;
    this.timeZone = timeZone;
    this.steps = steps;
    this.#repeat = repeat;
  }

  /** Runs an operation that creates the tenant's namespace where there is none yet. */
  async write<T>(
    operation: Reported<T>,
    scope: ParsedScope,
    call: Call,
    run: (context: OperationContext) => Promise<T>,
  ): Promise<T> {
    const { tenant } = scope;
    const find = async (options: OperationContext["signal"]) => {
      const open = await this.#sessions.openToWrite(tenant, options);
      if (open) return open;
      await this.#onboarding.onboard(tenant, undefined, options);
      // Another process may have been faster, and already migrate it.
      return this.#sessions.openToWrite(tenant, options);
    };
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

  /**
   * The same for an operation that deletes. Afterwards drops what is left of migrations that broke off, which may have copied what was
   * deleted, and names the copy of one that runs.
   */
  async erase<T extends { readonly residue: readonly Residue[] }>(
    operation: Reported<T>,
    scope: ParsedScope,
    call: Call,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    const { tenant } = scope;
    const runAndDrop = async (context: OperationContext) => {
      const result = await run(context);
      const session = await this.#sessions.open(tenant, context.signal);
      const left = session ? await this.#sessions.dropLeft(tenant, session, context.signal) : [];
      return left.length > 0 ? { ...result, residue: distinctResidue([...result.residue, ...left]) } : result;
    };
    return this.change(operation, scope, call, runAndDrop, otherwise);
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
      return session
        ? run(this.contextFor(scope, session, options, { timeZone: call.timeZone }))
        : otherwise();
    });
  }

  /** Runs a step on a tenant. Repeats it when another process has dropped the namespace of a cached session. */
  async withTenant<T>(
    scope: ParsedScope,
    call: Call,
    run: (options: OperationContext["signal"]) => Promise<T>,
  ): Promise<T> {
    return this.run(async () => {
      call.signal?.throwIfAborted();
      const options = signalOf(call);
      try {
        return await run(options);
      } catch (error) {
        if (!NamespaceNotFoundError.isInstance(error)) throw error;
        this.#sessions.forget(scope.tenant);
        return run(options);
      }
    });
  }

  /** Runs what `close` waits for. @throws ClosedError */
  async run<T>(task: () => Promise<T>): Promise<T> {
    this.assertOpen();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    this.#running.add(ended);
    try {
      return await task();
    } finally {
      this.#running.delete(ended);
      end();
    }
  }

  /** The context of an operation at a scope of an open tenant. */
  contextFor(
    scope: ParsedScope,
    session: Pick<TenantSession, "namespace" | "embedder" | "region"> &
      Partial<Pick<TenantSession, "previousNamespace">>,
    signal: OperationContext["signal"],
    {
      log = new WriteLog(() => true),
      current,
      timeZone = this.timeZone,
    }: { [part in "log" | "current" | "timeZone"]?: OperationContext[part] | undefined } = {},
  ): OperationContext {
    const { namespace, embedder, previousNamespace, region } = session;
    const { inference, reranker } = region;
    const parts = {
      namespace,
      previousNamespace,
      scope,
      embedder,
      inference,
      reranker,
      signal,
      timeZone,
      log,
      steps: this.steps,
    };
    const context: OperationContext = {
      ...this.#shared,
      ...parts,
      current: current ?? (async () => context),
    };
    return context;
  }

  /** @throws ClosedError */
  assertOpen(): void {
    if (this.#closed) throw new ClosedError("This memory was closed. Create a new one to continue.");
  }

  /** Lets no operation begin any more, and waits for those that run, for at most 10 seconds. */
  async close(): Promise<void> {
    this.#closed = true;
    await settledWithin(Promise.allSettled(this.#running), closeTimeout);
  }

  /**
   * Runs a write. Where a migration has switched the namespace meanwhile, the copy may have missed what was written: that is
   * written again, and the operation goes on in the new namespace.
   */
  async #write<T>(
    operation: Reported<T>,
    scope: ParsedScope,
    call: Call,
    find: (options: OperationContext["signal"]) => Promise<TenantSession | undefined>,
    run: (context: OperationContext) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    const { tenant } = scope;
    return this.audit.record(operation, scope, call, () =>
      this.run(async () => {
        call.signal?.throwIfAborted();
        const options = signalOf(call);
        const found = await find(options);
        if (!found) return otherwise();
        let session = found;
        const life = session.state.onboarded;
        const log = new WriteLog(() => this.#sessions.holds(session));
        const context = () =>
          this.contextFor(scope, session, options, { log, current, timeZone: call.timeZone });
        const current = async (lost?: VerifiedNamespace) => {
          let isLost = lost === session.namespace;
          for (;;) {
            const renewed = isLost ? undefined : await this.#sessions.renew(tenant, session, options);
            if (renewed) {
              session = renewed;
              return context();
            }
            if (isLost) this.#sessions.forget(tenant);
            const moved = await find(options);
            // What was begun in one life of a tenant does not go on in the next.
            if (!moved || moved.state.onboarded !== life) throw gone(tenant);
            session = moved;
            isLost = await isMoved(() => this.#repeat(context()));
          }
        };
        const result = await run(context());
        await current();
        return result;
      }),
    );
  }
}

/** Whether a step has found that its namespace is not there any more. */
async function isMoved(step: () => Promise<void>): Promise<boolean> {
  try {
    await step();
    return false;
  } catch (error) {
    if (NamespaceNotFoundError.isInstance(error)) return true;
    throw error;
  }
}

/** How long `close` waits for operations that are still running, in milliseconds. */
const closeTimeout = 10_000;

import { forget } from "../erasure/forget.ts";
import type { ErasureReceipt } from "../erasure/receipt.ts";
import { ClosedError } from "../errors/closed-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import type { Reranker } from "../models/reranker.ts";
import type { CheckedNamespace } from "../namespace/checked-namespace.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { Audit, type Operation } from "./audit.ts";
import type { Embedding } from "./embedding.ts";
import type { Inference } from "./inference.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { Sweeper } from "./sweep.ts";
import type { Tails } from "./tails.ts";
import type { Tenants } from "./tenants.ts";

/** What one operation may touch: its tenant's namespace, and the scope that it was called with. */
export interface Access {
  readonly namespace: CheckedNamespace;
  readonly scope: ParsedScope;
  readonly embedder: Embedding | undefined;
  readonly reranker: Reranker | undefined;
  readonly locks: KeyedLock;
  readonly tails: Tails;
  readonly sweeper: Sweeper;
  readonly signal: { readonly signal?: AbortSignal };
}

/** What the guard hands to every operation, beside its scope and namespace. */
interface Shared {
  readonly tenants: Tenants;
  readonly embedder: Embedding | undefined;
  readonly inference: Inference | undefined;
  readonly reranker: Reranker | undefined;
  readonly locks: KeyedLock;
  readonly tails: Tails;
  readonly sweeper: Sweeper;
}

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
    signal: AbortSignal | undefined,
    operation: (access: Access) => Promise<T>,
  ): Promise<T> {
    return this.audit.watch(name, scope, () =>
      this.#enter(scope, signal, async (options) =>
        operation(
          this.#access(scope, await this.#shared.tenants.openOrCreate(scope.tenant, options), options),
        ),
      ),
    );
  }

  /** Runs an operation on what exists; `otherwise` answers for a tenant that has never stored anything. */
  async read<T>(
    name: Operation,
    scope: ParsedScope,
    signal: AbortSignal | undefined,
    operation: (access: Access) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.audit.watch(name, scope, () => this.goOn(scope, signal, operation, otherwise));
  }

  /** Runs a further step of an operation that was told of already, such as the next page of an export. */
  async goOn<T>(
    scope: ParsedScope,
    signal: AbortSignal | undefined,
    operation: (access: Access) => Promise<T>,
    otherwise: () => T,
  ): Promise<T> {
    return this.#enter(scope, signal, async (options) => {
      const namespace = await this.#shared.tenants.open(scope.tenant, options);
      return namespace ? operation(this.#access(scope, namespace, options)) : otherwise();
    });
  }

  /** Runs a deletion, and gives a receipt for it. */
  async forget(
    scope: ParsedScope,
    signal: AbortSignal | undefined,
    otherwise: () => never,
  ): Promise<ErasureReceipt> {
    const { tenants } = this.#shared;
    return this.read(
      "forget",
      scope,
      signal,
      async (access) => tenants.receiptFor(scope, access.namespace, await forget(access), access.signal),
      otherwise,
    );
  }

  /** Runs an import into what may not be seen yet; it is, when the operation is through. */
  async import<T>(
    scope: ParsedScope,
    signal: AbortSignal | undefined,
    dump: string,
    operation: (access: Access, isNew: boolean) => Promise<T>,
  ): Promise<T> {
    return this.audit.watch("import", scope, async () => {
      this.assertOpen();
      const options = signal ? { signal } : {};
      const target = await this.#shared.tenants.beginImport(scope.tenant, dump, options);
      const result = await operation(this.#access(scope, target.namespace, options), target.isNew);
      if (target.isNew) await this.#shared.tenants.finishImport(scope.tenant, target, options);
      return result;
    });
  }

  /** How messages become facts, where there is a language model. */
  get inference(): Inference | undefined {
    return this.#shared.inference;
  }

  assertOpen(): void {
    if (this.#closed) throw new ClosedError("This memory was closed. Make a new one to go on.");
  }

  close(): void {
    this.#closed = true;
  }

  #access(scope: ParsedScope, namespace: CheckedNamespace, signal: Access["signal"]): Access {
    const { tenants: _, inference: __, ...shared } = this.#shared;
    return { ...shared, namespace, scope, signal };
  }

  async #enter<T>(
    scope: ParsedScope,
    signal: AbortSignal | undefined,
    run: (options: Access["signal"]) => Promise<T>,
  ): Promise<T> {
    this.assertOpen();
    signal?.throwIfAborted();
    const options = signal ? { signal } : {};
    try {
      return await run(options);
    } catch (error) {
      if (!NamespaceNotFoundError.isInstance(error)) throw error;
      // Another process dropped the namespace behind a handle kept here: ask the directory again.
      this.#shared.tenants.forget(scope.tenant);
      return run(options);
    }
  }
}

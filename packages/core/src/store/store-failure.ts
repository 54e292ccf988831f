import { ClosedError } from "../errors/closed-error.ts";
import { LociError } from "../errors/loci-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { StorageFullError } from "../errors/storage-full-error.ts";
import { StoreError } from "../errors/store-error.ts";
import { UnsupportedError } from "../errors/unsupported-error.ts";
import { messageOf, nameOf } from "../util/thrown.ts";
import type { NamespaceKey } from "./namespace-key.ts";

/** What an error of a backend means, as its driver classifies it. */
export interface StoreFailure {
  /**
   * - `missing`: the namespace is not there. `NamespaceNotFoundError`.
   * - `exists`: it is there already. Expected of `create`; anywhere else a `StoreError`.
   * - `unavailable`: no answer, a lock, overload: the same call may succeed later. A `StoreError` that is retryable.
   * - `full`: there is no room left. `StorageFullError`, retryable.
   * - `too-large`: the request is larger than the backend takes. A batch is written in halves; a single record is a `StoreError`.
   * - `unsupported`: the backend is too old, or lacks an extension. `UnsupportedError`.
   * - `closed`: the client was closed by the application. `ClosedError`.
   * - `failed`: anything else. A `StoreError`, not retryable.
   */
  readonly kind:
    | "missing"
    | "exists"
    | "unavailable"
    | "full"
    | "too-large"
    | "unsupported"
    | "closed"
    | "failed";
  /** What happened and what to do, in plain English. Default: the error's own message, with the store's name. */
  readonly message?: string;
}

/** Whose errors they are: its name, and what it makes of them. */
export interface ErrorSource {
  readonly name: string;
  classify(error: unknown, key: NamespaceKey): StoreFailure | LociError | undefined;
}

/** What an error means. Undefined for Loci's own, and for what is no error of the backend's. */
export function failureOf(source: ErrorSource, error: unknown, key: NamespaceKey): StoreFailure | undefined {
  const classified = classify(source, error, key);
  return LociError.isInstance(classified) ? undefined : classified;
}

/** The error that callers get of one that was thrown: one of Loci's where the backend failed, else the same. */
export function errorOf(source: ErrorSource, error: unknown, key: NamespaceKey): unknown {
  const classified = classify(source, error, key);
  if (!classified) return error;
  return LociError.isInstance(classified) ? classified : errorOfFailure(source.name, classified, error, key);
}

function classify(
  source: ErrorSource,
  error: unknown,
  key: NamespaceKey,
): StoreFailure | LociError | undefined {
  if (LociError.isInstance(error)) return error;
  const classified = source.classify(error, key);
  if (classified) return classified;
  // As `AbortSignal.timeout` and `answerWithin` name what took too long.
  const late = nameOf(error) === "TimeoutError";
  return late ? { kind: "unavailable" } : undefined;
}

/** The error of a failure. */
export function errorOfFailure(
  store: string,
  failure: StoreFailure,
  error: unknown,
  namespace: NamespaceKey,
): LociError {
  const options = { cause: error };
  const said = messageOf(error);
  const message = failure.message ?? `The ${store} store failed: ${said}`;
  switch (failure.kind) {
    case "missing":
      return new NamespaceNotFoundError(
        failure.message ?? `There is no namespace ${namespace} in the ${store} store.`,
        { namespace },
        options,
      );
    case "unavailable":
      return new StoreError(
        failure.message ?? `The ${store} store does not answer: ${said}`,
        { store },
        { ...options, retryable: true },
      );
    case "full":
      return new StorageFullError(failure.message ?? `The ${store} store has no room left.`, {
        ...options,
        retryable: true,
      });
    case "unsupported":
      return new UnsupportedError(message, options);
    case "closed":
      return new ClosedError(message, options);
    default:
      return new StoreError(message, { store }, options);
  }
}

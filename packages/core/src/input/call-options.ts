import { fail } from "./fail.ts";
import { parseLabel } from "./option-parsers.ts";
import type { OptionTable, Parsed } from "./option-table.ts";

/**
 * Options of every operation.
 * @example
 * ```ts
 * await alice.deleteAll({ signal: AbortSignal.timeout(5000), actor: "support/mia" });
 * ```
 */
export interface CallOptions {
  /** Aborts the call with the signal's reason. What was already sent to the backend may still take effect. */
  readonly signal?: AbortSignal;
  /** Who calls, for audit events and receipts: 1 to 256 characters of the application's own. Default: nobody is named. */
  readonly actor?: string;
}

export const callOptions: OptionTable<CallOptions> = { signal: parseSignal, actor: parseLabel };

/** What an operation was called with, whatever it is. */
export type Call = Parsed<CallOptions> & { readonly timeZone?: string };

/** What every step of an operation needs of that. */
export function signalOf({ signal }: Call): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function parseSignal(value: unknown, path: string): AbortSignal {
  const signal = value as AbortSignal | null;
  if (typeof signal !== "object" || signal === null || typeof signal.aborted !== "boolean")
    fail(path, "must be an AbortSignal");
  const methods = [signal.throwIfAborted, signal.addEventListener, signal.removeEventListener];
  return methods.every((method) => typeof method === "function")
    ? signal
    : fail(path, "must be an AbortSignal");
}

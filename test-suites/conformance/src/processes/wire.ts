import { LociError } from "@loci/core";

/** What a process asks of another one: a call of its store, or of a namespace that it has opened, by number. */
export type Order =
  | {
      readonly call: number;
      readonly on: "store" | number;
      readonly method: string;
      readonly request: unknown;
    }
  | { readonly abort: number; readonly reason: unknown };

/** What the other one answers, after `ready`, once its store is there. */
export type Answer =
  | { readonly ready: StoreFacts }
  | { readonly failed: WireError }
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: WireError };

/** What a store says without being asked. */
export interface StoreFacts {
  readonly name: string;
  readonly capabilities: unknown;
  readonly leftovers: boolean;
}

/** An open namespace, as it is told. */
export interface NamespaceFacts {
  readonly number: number;
  readonly manifest: unknown;
  readonly searchText: boolean;
  readonly residue: boolean;
}

/** An error, whose fields no clone of it would have. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  readonly cause: WireError | undefined;
}

export function toWire(error: unknown): WireError {
  if (!(error instanceof Error))
    return { name: "Error", message: String(error), stack: undefined, fields: undefined, cause: undefined };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack,
    fields: LociError.isInstance(error) ? { ...error, cause: undefined } : undefined,
    cause: cause === undefined ? undefined : toWire(cause),
  };
}

/** The error in this process: one of Loci's is recognized by its code, as it is across two copies of the package. */
export function fromWire({ name, message, stack, fields, cause }: WireError): Error {
  const options = cause ? { cause: fromWire(cause) } : {};
  const error = fields ? new LociError(message, options) : new Error(message, options);
  return Object.assign(error, fields, { name, stack });
}

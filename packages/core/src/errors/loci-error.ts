const marker: symbol = Symbol.for("loci.error");

/**
 * The base class of all Loci errors. Check `code` or `SomeError.isInstance(error)`: unlike `instanceof`, both work
 * across two copies of the package.
 * @example
 * ```ts
 * if (LociError.isInstance(error) && error.retryable) console.log(`Try again: ${error.code}`);
 * ```
 */
export class LociError extends Error {
  static readonly code: string = "LOCI_ERROR";
  /** A stable code of the failure, such as `INVALID_SCOPE`. */
  readonly code: string;
  /** Whether a retry of the same call may succeed. */
  readonly retryable: boolean;

  constructor(message: string, options: LociErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, marker, { value: true });
    this.name = new.target.name;
    this.code = new.target.code;
    this.retryable = options.retryable ?? false;
  }

  /** Whether `error` is an instance of this class. Called on `LociError`: of any Loci error class. */
  static isInstance<E>(
    this: { new (...parameters: never[]): E; readonly code: string },
    error: unknown,
  ): error is E {
    try {
      if (typeof error !== "object" || error === null || !(marker in error)) return false;
      return this.code === "LOCI_ERROR" || (error as { code?: unknown }).code === this.code;
    } catch {
      // A proxy that throws is none of ours.
      return false;
    }
  }
}

/** Options of every Loci error. */
export interface LociErrorOptions {
  /** The error that caused this one, if any. */
  readonly cause?: unknown;
  /** Whether a retry of the same call may succeed. Default: false. */
  readonly retryable?: boolean;
}

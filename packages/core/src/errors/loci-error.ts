const marker: symbol = Symbol.for("loci.error");

/** Fields that every Loci error accepts beside its message. */
export interface LociErrorOptions {
  /** What caused this error, if another error did. */
  readonly cause?: unknown;
  /** Whether the same call may succeed when it is repeated unchanged. Default: false. */
  readonly retryable?: boolean;
}

/**
 * The base of all errors that Loci throws. Recognize them by `code`, or by `SomeError.isInstance(error)`,
 * which also holds across two copies of the package, where `instanceof` does not.
 */
export class LociError extends Error {
  static readonly code: string = "LOCI_ERROR";
  /** A stable name of the kind of failure, such as `INVALID_SCOPE`. */
  readonly code: string;
  /** Whether the same call may succeed when it is repeated unchanged. */
  readonly retryable: boolean;

  constructor(message: string, options: LociErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Object.defineProperty(this, marker, { value: true });
    this.name = new.target.name;
    this.code = new.target.code;
    this.retryable = options.retryable ?? false;
  }

  /** Whether `error` is of this class, or of any class of Loci when called on `LociError`. */
  static isInstance<E>(
    this: { new (...parameters: never[]): E; readonly code: string },
    error: unknown,
  ): error is E {
    if (typeof error !== "object" || error === null || !(marker in error)) return false;
    return this.code === "LOCI_ERROR" || (error as { code?: unknown }).code === this.code;
  }
}

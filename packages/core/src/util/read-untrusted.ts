import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { LociError } from "../errors/loci-error.ts";

/**
 * Reads a value of the caller's, whose getters and proxies may throw whatever they like.
 * @throws InvalidInputError where they do, with what they threw as its cause
 */
export function readUntrusted<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (LociError.isInstance(cause)) throw cause;
    throw new InvalidInputError(
      `${path} cannot be read: a part is missing, or reading it throws.`,
      { path },
      { cause },
    );
  }
}

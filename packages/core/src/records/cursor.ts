import { InvalidCursorError } from "../errors/invalid-cursor-error.ts";
import { base32, digest } from "../store/digest.ts";

/**
 * Wraps a store's cursor with a digest, so it continues only the listing that it came from. `binding` holds
 * everything that the listing depends on: namespace, scope and filter.
 */
export function sealCursor(position: string, binding: readonly string[]): string {
  return `${seal(position, binding)}.${encodeURIComponent(position)}`;
}

/** @throws InvalidCursorError when the cursor is broken or belongs to another listing. */
export function openCursor(cursor: string, binding: readonly string[]): string {
  const separator = cursor.indexOf(".");
  const position = decodePosition(cursor.slice(separator + 1));
  if (separator < 0 || position === undefined || cursor.slice(0, separator) !== seal(position, binding)) {
    throw new InvalidCursorError(
      "The cursor is broken, or belongs to another scope, filter or listing. Begin again without a cursor.",
    );
  }
  return position;
}

function seal(position: string, binding: readonly string[]): string {
  return base32(digest("cursor", position, ...binding)).slice(0, 26);
}

function decodePosition(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

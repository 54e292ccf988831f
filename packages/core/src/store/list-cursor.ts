import { InvalidCursorError } from "../errors/invalid-cursor-error.ts";
import { base32, digest } from "./digest.ts";
import type { NamespaceKey } from "./namespace-key.ts";

/** Where a page of a list ended. */
export interface ListPosition {
  /** `$createdAt` of its last record. */
  readonly createdAt: number;
  /** What orders records of one moment, of its last record. */
  readonly tie: string | number;
}

/** A position as a cursor of a store. It can be read: what the engine gives to its callers is sealed. */
export function encodeCursor(key: NamespaceKey, { createdAt, tie }: ListPosition): string {
  const position = JSON.stringify([createdAt, tie]);
  return `${checkOf(key, position)}${position}`;
}

/** @throws InvalidCursorError for anything but a cursor that `encodeCursor` made for this namespace */
export function decodeCursor(key: NamespaceKey, cursor: string): ListPosition {
  const position = cursor.slice(checkLength);
  const [createdAt, tie]: readonly unknown[] =
    cursor.slice(0, checkLength) === checkOf(key, position) ? JSON.parse(position) : [];
  if (typeof createdAt === "number" && (typeof tie === "string" || typeof tie === "number"))
    return { createdAt, tie };
  throw new InvalidCursorError(
    "The cursor is broken, or belongs to another namespace. Begin again without a cursor.",
  );
}

const checkLength = 16;

/** Not a secret: it tells what was cut, or made elsewhere, before a backend gets it. */
function checkOf(key: NamespaceKey, position: string): string {
  return base32(digest("list", key, position)).slice(0, checkLength);
}

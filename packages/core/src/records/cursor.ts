import { InvalidCursorError } from "../errors/invalid-cursor-error.ts";
import { importKey, seal, unseal } from "../keys/aes-gcm.ts";
import { digest } from "../store/digest.ts";

/**
 * Seals a store's cursor, which may say what its reader must not know: how much others have written. The key is made of everything
 * that the listing depends on, so that the cursor continues no other; whoever is given it is not told all of that. Cursors of a
 * listing are equally long.
 */
export async function sealCursor(position: string, binding: readonly string[]): Promise<string> {
  const json = JSON.stringify(position);
  const padded = json.padEnd(step * Math.ceil(json.length / step));
  const sealed = await seal(await keyOf(binding), encoder.encode(padded), "cursor");
  return sealed.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @throws InvalidCursorError when the cursor is broken or belongs to another listing. */
export async function openCursor(cursor: string, binding: readonly string[]): Promise<string> {
  try {
    const sealed = cursor.replaceAll("-", "+").replaceAll("_", "/");
    const padded = sealed.padEnd(4 * Math.ceil(sealed.length / 4), "=");
    return JSON.parse(decoder.decode(await unseal(await keyOf(binding), padded, "cursor"))) as string;
  } catch (cause) {
    throw new InvalidCursorError(
      "The cursor is broken, or belongs to another scope, filter or listing. Begin again without a cursor.",
      { cause },
    );
  }
}

/** For a tenant that has never stored anything, and has given no cursor. @throws InvalidCursorError */
export function assertNoCursor(cursor: string | undefined): void {
  if (cursor !== undefined) throw new InvalidCursorError("The cursor belongs to another listing.");
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Characters; positions of most stores are shorter. */
const step = 96;

/** Made once for each listing: the next page asks for the same one. */
const keys = new Map<string, ReturnType<typeof importKey>>();
const mostKeys = 1000;

function keyOf(binding: readonly string[]): ReturnType<typeof importKey> {
  const name = JSON.stringify(binding);
  const known = keys.get(name);
  if (known) return known;
  if (keys.size >= mostKeys) keys.clear();
  const key = importKey(digest("cursor", ...binding));
  keys.set(name, key);
  return key;
}

import { KeyError } from "../errors/key-error.ts";
import { LociError } from "../errors/loci-error.ts";
import type { WrappedKey } from "../store/manifest.ts";
import { toBase64 } from "../util/base64.ts";
import { Cipher } from "./cipher.ts";
import type { KeyOwner, KeyProvider } from "./key-provider.ts";

type Signal = { readonly signal?: AbortSignal };

/** What opens an encrypted namespace. */
export interface OpenKey {
  readonly cipher: Cipher;
  readonly idSalt: string;
}

/** What the salt of ids is bound to. */
const saltPlace = "id salt";

/**
 * A data key for a new namespace, undefined where there is no provider.
 * @param idSalt of the namespace that it takes over from; a new tenant gets one of its own
 */
export async function createKey(
  provider: KeyProvider | undefined,
  owner: KeyOwner,
  idSalt: string | undefined,
  options: Signal,
): Promise<WrappedKey | undefined> {
  if (!provider) return undefined;
  const { key, wrapped } = await ask(provider, () => provider.create(owner, options));
  const cipher = await Cipher.of(key);
  const salt = idSalt ?? toBase64(crypto.getRandomValues(new Uint8Array(32)));
  return { provider: provider.id, wrapped, idSalt: await cipher.encrypt(salt, saltPlace) };
}

/**
 * What decrypts a namespace, undefined for one that is not encrypted.
 * @throws KeyError
 */
export async function openKey(
  provider: KeyProvider | undefined,
  stored: WrappedKey | undefined,
  owner: KeyOwner,
  options: Signal,
): Promise<OpenKey | undefined> {
  if (!stored) return undefined;
  if (provider?.id !== stored.provider) {
    throw new KeyError(
      `This organization's memories are encrypted with a key of provider "${stored.provider}", and ${provider ? `"${provider.id}"` : "none"} is configured. Configure that provider; nothing is lost.`,
      { problem: "missing" },
    );
  }
  const cipher = await Cipher.of(await ask(provider, () => provider.open(stored.wrapped, owner, options)));
  return { cipher, idSalt: await cipher.decrypt(stored.idSalt, saltPlace) };
}

/** Whether a provider has what opens a data key. */
export async function opens(
  provider: KeyProvider,
  { wrapped }: WrappedKey,
  owner: KeyOwner,
  options: Signal,
): Promise<boolean> {
  try {
    await ask(provider, () => provider.open(wrapped, owner, options));
    return true;
  } catch (error) {
    if (KeyError.isInstance(error) && error.problem !== "unavailable") return false;
    throw error;
  }
}

async function ask<T>(provider: KeyProvider, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (LociError.isInstance(cause) || (cause instanceof Error && cause.name === "AbortError")) throw cause;
    throw new KeyError(
      `Key provider "${provider.id}" failed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { problem: "unavailable" },
      { cause },
    );
  }
}

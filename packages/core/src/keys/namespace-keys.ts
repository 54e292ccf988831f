import { KeyError } from "../errors/key-error.ts";
import { LociError } from "../errors/loci-error.ts";
import { answerWithin } from "../store/answer-within.ts";
import type { WrappedKey } from "../store/manifest.ts";
import { toBase64 } from "../util/base64.ts";
import { messageOf } from "../util/thrown.ts";
import { Cipher } from "./cipher.ts";
import type { KeyOwner, KeyProvider } from "./key-provider.ts";

type Signal = { readonly signal?: AbortSignal };

/** Binds an encrypted id salt to its purpose. */
const saltBinding = "id salt";

/**
 * Makes a data key for a new namespace; undefined without a provider.
 * @param idSalt the salt of the namespace that it replaces; a new tenant gets a random one
 */
export async function createKey(
  provider: KeyProvider | undefined,
  owner: KeyOwner,
  idSalt: string | undefined,
  options: Signal,
): Promise<WrappedKey | undefined> {
  if (!provider) return undefined;
  const { key, wrapped } = await ask(provider, options, (own) => provider.create(owner, own));
  const cipher = await Cipher.of(key);
  const salt = idSalt ?? toBase64(crypto.getRandomValues(new Uint8Array(32)));
  return { provider: provider.id, wrapped, idSalt: await cipher.encrypt(salt, saltBinding) };
}

/**
 * The cipher and id salt of a namespace; undefined for one that is not encrypted.
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
      `This organization's memories are encrypted with a key of provider "${stored.provider}", but ${provider ? `"${provider.id}"` : "no provider"} is configured. Configure that provider; nothing is lost.`,
      { problem: "missing" },
    );
  }
  const cipher = await Cipher.of(
    await ask(provider, options, (own) => provider.open(stored.wrapped, owner, own)),
  );
  return { cipher, idSalt: await cipher.decrypt(stored.idSalt, saltBinding) };
}

/** What decrypts an encrypted namespace. */
export interface OpenKey {
  readonly cipher: Cipher;
  readonly idSalt: string;
}

/** Whether a provider can unwrap a data key. */
export async function opens(
  provider: KeyProvider,
  { wrapped }: WrappedKey,
  owner: KeyOwner,
  options: Signal,
): Promise<boolean> {
  try {
    await ask(provider, options, (own) => provider.open(wrapped, owner, own));
    return true;
  } catch (error) {
    if (KeyError.isInstance(error) && error.problem !== "unavailable") return false;
    throw error;
  }
}

/** Destroys the keys of an owner. @throws KeyError */
export async function destroyKeys(provider: KeyProvider, owner: KeyOwner, options: Signal): Promise<void> {
  await ask(provider, options, (own) => provider.destroy(owner, own));
}

/** How long a key provider may take for one call, in milliseconds. */
const longest = 30_000;

/** Asks a key provider. The call ends with its signal and with its time, whether the provider obeys its signal or not. */
async function ask<T>(
  provider: KeyProvider,
  { signal }: Signal,
  call: (options: { readonly signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  try {
    return await answerWithin(longest, signal ?? new AbortController().signal, (own) =>
      call({ signal: own }),
    );
  } catch (cause) {
    if (signal?.aborted || LociError.isInstance(cause)) throw cause;
    throw new KeyError(
      `Key provider "${provider.id}" failed: ${messageOf(cause)}`,
      { problem: "unavailable" },
      { cause },
    );
  }
}

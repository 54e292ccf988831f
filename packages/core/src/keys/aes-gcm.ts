import { fromBase64, toBase64 } from "../util/base64.ts";

/** WebCrypto's key type, which some runtimes' types do not name. */
export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const encoder = new TextEncoder();
const ivBytes = 12;

export async function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", Uint8Array.from(bytes), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/**
 * Encrypts with AES-256-GCM, puts the random 96-bit nonce in front (NIST SP 800-38D), and encodes in base64.
 * @param binding authenticated with the content: decryption needs the same value
 */
export async function seal(key: CryptoKey, content: Uint8Array, binding: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const additionalData = encoder.encode(binding);
  const encrypted = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    Uint8Array.from(content),
  );
  return toBase64(iv) + toBase64(new Uint8Array(encrypted));
}

/** @throws when the key or the binding differs, or the content was changed */
export async function unseal(key: CryptoKey, encrypted: string, binding: string): Promise<Uint8Array> {
  const bytes = fromBase64(encrypted);
  const iv = bytes.subarray(0, ivBytes);
  const additionalData = encoder.encode(binding);
  return new Uint8Array(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, bytes.subarray(ivBytes)),
  );
}

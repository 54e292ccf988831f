import { fromBase64, toBase64 } from "../util/base64.ts";

/** WebCrypto's own, which not every runtime's types name. */
export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const encoder = new TextEncoder();
const ivBytes = 12;

export async function importKey(bytes: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", Uint8Array.from(bytes), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/**
 * AES-256-GCM with a random 96-bit nonce in front (NIST SP 800-38D), in base64.
 * @param place what the content belongs to: it is opened for nothing else
 */
export async function seal(key: CryptoKey, content: Uint8Array, place: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const additionalData = encoder.encode(place);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    Uint8Array.from(content),
  );
  return toBase64(iv) + toBase64(new Uint8Array(sealed));
}

/** @throws where another key has sealed it, where it was changed, and where it belongs elsewhere */
export async function unseal(key: CryptoKey, sealed: string, place: string): Promise<Uint8Array> {
  const bytes = fromBase64(sealed);
  const iv = bytes.subarray(0, ivBytes);
  const additionalData = encoder.encode(place);
  return new Uint8Array(
    await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, bytes.subarray(ivBytes)),
  );
}

import { sha256 } from "@noble/hashes/sha2.js";

const encoder = new TextEncoder();
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** SHA-256 over the parts, each preceded by its length, so that no two lists of parts run together. */
export function digest(...parts: readonly string[]): Uint8Array {
  const hash = sha256.create();
  for (const part of parts) {
    const bytes = encoder.encode(part);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(bytes.length));
    hash.update(length).update(bytes);
  }
  return hash.digest();
}

/** RFC 4648 base32 in lower case, without padding: safe where case folds and where names are short. */
export function base32(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(buffer >> bits) & 31];
    }
  }
  return bits > 0 ? text + alphabet[(buffer << (5 - bits)) & 31] : text;
}

/** The first 122 bits of a digest as a UUID of version 8 (RFC 9562), an id that every backend takes. */
export function uuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes.subarray(0, 16), (byte, index) => {
    if (index === 6) byte = (byte & 0x0f) | 0x80;
    if (index === 8) byte = (byte & 0x3f) | 0x80;
    return byte.toString(16).padStart(2, "0");
  }).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

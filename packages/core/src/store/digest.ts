import { sha256 } from "@noble/hashes/sha2.js";

const encoder = new TextEncoder();
const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** SHA-256 over the parts, each preceded by its length in 8 bytes, so that no two lists of parts run together. */
export function digest(...parts: readonly string[]): Uint8Array {
  const encoded = parts.map((part) => encoder.encode(part));
  const buffer = new Uint8Array(encoded.reduce((size, bytes) => size + 8 + bytes.length, 0));
  const view = new DataView(buffer.buffer);
  let offset = 0;
  for (const bytes of encoded) {
    view.setUint32(offset + 4, bytes.length);
    buffer.set(bytes, offset + 8);
    offset += 8 + bytes.length;
  }
  return sha256(buffer);
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

const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The first 122 bits of a digest as a UUID of version 8 (RFC 9562), an id that every backend takes. */
export function uuid(bytes: Uint8Array): string {
  let text = "";
  for (let index = 0; index < 16; index++) {
    let byte = bytes[index] ?? 0;
    if (index === 6) byte = (byte & 0x0f) | 0x80;
    if (index === 8) byte = (byte & 0x3f) | 0x80;
    if (index === 4 || index === 6 || index === 8 || index === 10) text += "-";
    text += hexadecimal[byte];
  }
  return text;
}

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { KeyError } from "../errors/key-error.ts";
import { base32 } from "../store/digest.ts";
import { typedArrayName } from "../util/typed-array-name.ts";
import { type CryptoKey, importKey, seal, unseal } from "./aes-gcm.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Identifies the format of encrypted texts. */
const prefix = "loci-aes-gcm-1:";

/**
 * Encrypts texts with one data key. AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D) is safe for 2^32 texts
 * a key. HMAC-SHA-256 blinds values that must be found without being readable. HMAC derives one key for each purpose
 * from the data key.
 */
export class Cipher {
  readonly #encryption: CryptoKey;
  readonly #blinding: ReturnType<typeof hmac.create>;

  private constructor(encryption: CryptoKey, blinding: Uint8Array) {
    this.#encryption = encryption;
    this.#blinding = hmac.create(sha256, blinding);
  }

  /** @param dataKey 32 bytes @throws KeyError `wrong` for anything else */
  static async of(dataKey: Uint8Array): Promise<Cipher> {
    // Jest and workers have a Uint8Array of their own.
    if (typedArrayName(dataKey) !== "Uint8Array" || dataKey.length !== 32) {
      throw new KeyError("A data key must have 32 bytes. The key provider returned something else.", {
        problem: "wrong",
      });
    }
    const derive = (purpose: string) => hmac(sha256, dataKey, encoder.encode(`loci ${purpose}`));
    const encryption = await importKey(derive("encryption"));
    return new Cipher(encryption, derive("blinding"));
  }

  /** @param binding authenticated with the text: decryption needs the same value */
  async encrypt(text: string, binding: string): Promise<string> {
    return prefix + (await seal(this.#encryption, encoder.encode(text), binding));
  }

  /** @throws KeyError `wrong` when the key or the binding differs, or the text was changed */
  async decrypt(encrypted: string, binding: string): Promise<string> {
    try {
      if (!encrypted.startsWith(prefix)) throw new Error("The text is not encrypted.");
      return decoder.decode(await unseal(this.#encryption, encrypted.slice(prefix.length), binding));
    } catch (cause) {
      throw new KeyError(
        "A memory cannot be decrypted with its organization's key: it was changed, moved, or encrypted with another key. Nothing was returned.",
        { problem: "wrong" },
        { cause },
      );
    }
  }

  /** Maps equal values to equal strings of letters and digits, which reveal nothing without the key. */
  blind(purpose: string, value: string): string {
    const blinded = this.#blinding.clone().update(encoder.encode(`${purpose}\0${value}`));
    return base32(blinded.digest()).slice(0, 26);
  }
}

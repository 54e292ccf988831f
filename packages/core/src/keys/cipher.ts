import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { KeyError } from "../errors/key-error.ts";
import { base32 } from "../store/digest.ts";
import { type CryptoKey, importKey, seal, unseal } from "./aes-gcm.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Marks the form of what is encrypted. */
const prefix = "loci-aes-gcm-1:";

/**
 * Encrypts texts with one data key: AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D), so that one key is good for
 * 2^32 texts, and HMAC-SHA-256 for what has to be found again without being readable. Two keys are derived from the data
 * key by HMAC, one for each purpose.
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
    if (!(dataKey instanceof Uint8Array) || dataKey.length !== 32) {
      throw new KeyError("A data key has to be 32 bytes. The key provider gave something else.", {
        problem: "wrong",
      });
    }
    const derive = (purpose: string) => hmac(sha256, dataKey, encoder.encode(`loci ${purpose}`));
    const encryption = await importKey(derive("encryption"));
    return new Cipher(encryption, derive("blinding"));
  }

  /** @param place what the text belongs to: it is decrypted for nothing else */
  async encrypt(text: string, place: string): Promise<string> {
    return prefix + (await seal(this.#encryption, encoder.encode(text), place));
  }

  /** @throws KeyError `wrong` for what another key has encrypted, what was changed, and what belongs elsewhere */
  async decrypt(sealed: string, place: string): Promise<string> {
    try {
      if (!sealed.startsWith(prefix)) throw new Error("It is not encrypted.");
      return decoder.decode(await unseal(this.#encryption, sealed.slice(prefix.length), place));
    } catch (cause) {
      throw new KeyError(
        "A memory cannot be decrypted with its organization's key: it was changed, moved, or encrypted with another one. Nothing was returned.",
        { problem: "wrong" },
        { cause },
      );
    }
  }

  /** The same for the same value and key, and nothing to anyone without the key: letters and digits. */
  blind(purpose: string, value: string): string {
    const blinded = this.#blinding.clone().update(encoder.encode(`${purpose}\0${value}`));
    return base32(blinded.digest()).slice(0, 26);
  }
}

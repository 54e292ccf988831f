import { sha256 } from "@noble/hashes/sha2.js";
import type { MemoryPayload } from "../records/memory-record.ts";
import type { InnerScope } from "../scope/scope.ts";
import type { EmbedderFingerprint } from "../store/manifest.ts";
import { fromBase64, toBase64 } from "../util/base64.ts";

/** The first line of a dump: what it contains. */
export interface DumpHeader {
  readonly loci: "dump";
  readonly version: 2;
  /** A whole organization, or one scope and everything below it. */
  readonly kind: "organization" | "scope";
  /** Null with single tenancy. */
  readonly orgId: string | null;
  /** The exported scope; empty for a whole organization. */
  readonly scope: InnerScope;
  /** The embedder of its vectors, null when it holds none. */
  readonly embedder: EmbedderFingerprint | null;
  /** ISO 8601. */
  readonly exportedAt: string;
}

/** One memory with its history. */
interface DumpRecord {
  readonly id: string;
  /** Its scope key; the empty string means "shared at this level". */
  readonly user: string;
  readonly agent: string;
  readonly run: string;
  readonly memory: MemoryPayload;
  /** Float32, little-endian, in base64. */
  readonly vector?: string;
}

/** The last line. A dump without it was truncated. */
interface DumpFooter {
  readonly records: number;
}

/** The parts of a dump, by their keys in the lines. */
export interface DumpParts {
  readonly header: DumpHeader;
  readonly record: DumpRecord;
  readonly footer: DumpFooter;
}

const encoder = new TextEncoder();
const shape = /^\{"chain":"([A-Za-z0-9+/]{43})","(header|record|footer)":(.*)\}$/s;

/**
 * Links the lines of a dump: each carries a SHA-256 of the previous link and its own content. A reader therefore
 * notices a changed, moved, added or missing line, and the last link stands for the whole dump.
 */
export class Chain {
  #last = "";

  /** The link of the last line. */
  get last(): string {
    return this.#last;
  }

  /** A line of a dump, with its link. */
  write<Part extends keyof DumpParts>(part: Part, content: DumpParts[Part]): string {
    const json = JSON.stringify(content);
    return `{"chain":"${this.#link(part, json)}","${part}":${json}}\n`;
  }

  /** The part of a line and its JSON, undefined when it does not follow the lines before it. */
  read(line: string): { readonly part: keyof DumpParts; readonly json: string } | undefined {
    const [, link, part, json = ""] = shape.exec(line) ?? [];
    if (link === undefined || link !== this.#link(part as string, json)) return undefined;
    return { part: part as keyof DumpParts, json };
  }

  #link(part: string, json: string): string {
    this.#last = toBase64(sha256(encoder.encode(`${this.#last}\n${part}\n${json}`))).slice(0, 43);
    return this.#last;
  }
}

/** Decodes a vector; undefined for anything but base64 of whole Float32 numbers. */
export function vectorFromBase64(text: string): Float32Array | undefined {
  try {
    const bytes = fromBase64(text);
    return bytes.length % 4 === 0 && bytes.length > 0 ? new Float32Array(bytes.buffer) : undefined;
  } catch {
    return undefined;
  }
}

export function vectorToBase64(vector: Float32Array): string {
  return toBase64(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
}

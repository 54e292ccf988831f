import { createHash } from "node:crypto";

/** What a line of a dump says of a memory, as the documentation of the format has it. */
export interface DumpRecord {
  readonly id: string;
  readonly user: string;
  readonly agent: string;
  readonly run: string;
  readonly memory: { readonly revisions: readonly { readonly text: string }[] };
  readonly vector?: string;
}

/** Reads a dump to its end. */
export async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A dump as it comes over a line, in chunks. */
export async function* chunked(bytes: Uint8Array, size = 777): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export function linesOf(dump: Buffer): readonly string[] {
  return dump.toString().trimEnd().split("\n");
}

export function fromLines(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  return chunked(Buffer.from(`${lines.join("\n")}\n`));
}

/** Links lines as the documentation of the format says. */
export function link(
  parts: readonly (readonly [part: string, content: unknown])[],
): AsyncGenerator<Uint8Array> {
  return chunked(linkJson(parts.map(([part, content]) => [part, JSON.stringify(content)])));
}

/** Links lines whose contents are given as JSON, or as any text. */
export function linkJson(parts: readonly (readonly [part: string, json: string])[]): Buffer {
  let last = "";
  const lines = parts.map(([part, json]) => {
    last = createHash("sha256").update(`${last}\n${part}\n${json}`).digest("base64").slice(0, 43);
    return `{"chain":"${last}","${part}":${json}}\n`;
  });
  return Buffer.from(lines.join(""));
}

import { invalidDump } from "./invalid-dump.ts";

/**
 * How far a compressed dump may expand: to 256 times the bytes that were read, and 128 MiB. Real dumps expand about
 * three to ten times; gzip allows a thousand.
 */
const mostExpansion = 256;
const freeExpansion = 128 * 1024 * 1024;

/**
 * The bytes of a dump, decompressed if they are compressed. Decompressed bytes are counted as they come.
 * @throws InvalidDumpError when the compression is damaged, or the dump expands too far
 */
export async function* unzip(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  const first = await readStart(chunks);
  if (first.length === 0) throw invalidDump(0, "is empty");
  const bytes = resume(first, chunks);
  if (first[0] === 0x1f && first[1] === 0x8b) yield* decompress(bytes);
  else yield* bytes;
  return undefined;
}

/** Two bytes say whether a dump is compressed, and a chunk may hold one or none. */
async function readStart(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array();
  while (start.length < 2) {
    const { done, value } = await chunks.next();
    if (done) break;
    // A copy: a source may reuse its chunks.
    const longer = new Uint8Array(start.length + value.length);
    longer.set(start);
    longer.set(value, start.length);
    start = longer;
  }
  return start;
}

async function* resume(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  yield first;
  yield* rest;
  return undefined;
}

async function* decompress(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let compressed = 0;
  let expanded = 0;
  let failure: { readonly error: unknown } | undefined;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await bytes.next().catch((error: unknown) => {
        failure = { error };
        throw error;
      });
      if (done) return controller.close();
      compressed += value.length;
      // A copy: decompression reads ahead, and a source may reuse its chunks.
      controller.enqueue(value.slice());
    },
  });
  const gzip = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  const reader = stream.pipeThrough(gzip).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw failure ? failure.error : invalidDump(0, "has damaged compression", error);
      });
      if (done) return undefined;
      expanded += value.length;
      if (expanded > freeExpansion + mostExpansion * compressed)
        throw invalidDump(
          0,
          `expands to more than ${mostExpansion} times its compressed size. If you trust it, decompress it first and import the result`,
        );
      yield value;
    }
  } finally {
    // Not awaited: a source that hangs would hang here too.
    reader.cancel().catch(() => {});
  }
}

import { InvalidDumpError } from "../errors/invalid-dump-error.ts";
import { fail } from "../input/fail.ts";
import { describe } from "../util/describe.ts";
import { messageOf } from "../util/thrown.ts";
import type { DumpSource } from "./dump-source.ts";
import { invalidDump } from "./invalid-dump.ts";

/**
 * The chunks of an untrusted source. An aborted signal ends a read that hangs, and so does `close`.
 * @throws InvalidInputError when the source is not a stream. The chunks throw InvalidDumpError when it fails or yields
 * anything but bytes, and the signal's reason.
 */
export function readBytes(source: DumpSource, signal?: AbortSignal): BytesOfSource {
  const reader = open(source);
  const ended = new AbortController();
  const abort = () => ended.abort(signal?.reason);
  const close = () => {
    signal?.removeEventListener("abort", abort);
    if (!ended.signal.aborted) ended.abort();
    reader.close();
  };
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  return { chunks: chunksOf(reader, ended.signal), close };
}

/** A source of bytes that is being read. */
interface BytesOfSource {
  readonly chunks: AsyncGenerator<Uint8Array, undefined>;
  /** Closes the source. It is not awaited: a source that hangs may hang here too. */
  readonly close: () => void;
}

async function* chunksOf({ next }: Reader, ended: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
  let reject: (reason: unknown) => void = () => {};
  // One listener for all reads. A promise that every read raced with would keep all of them.
  ended.addEventListener("abort", () => reject(ended.reason));
  for (;;) {
    ended.throwIfAborted();
    const { done, value } = await new Promise<IteratorResult<unknown>>((resolve, fail) => {
      reject = fail;
      next().then(
        (result) => (Object(result) === result ? resolve(result) : fail(unreadable(noResult))),
        (error: unknown) => fail(unreadable(error)),
      );
    });
    if (done) return undefined;
    yield toBytes(value);
  }
}

const noResult = new TypeError("its iterator gives no result");

interface Reader {
  next(): Promise<IteratorResult<unknown>>;
  close(): void;
}

function open(source: unknown): Reader {
  const candidate = (typeof source === "object" && source !== null ? source : {}) as Partial<
    ReadableStream & AsyncIterable<unknown>
  >;
  try {
    // Some browsers' streams are not async iterable.
    if (typeof candidate.getReader === "function") {
      const reader = candidate.getReader();
      if (typeof reader?.read !== "function") throw new TypeError("it has no reader");
      return {
        next: async () => reader.read() as Promise<IteratorResult<unknown>>,
        close: () => void (async () => reader.cancel?.())().catch(() => {}),
      };
    }
    if (typeof candidate[Symbol.asyncIterator] === "function") {
      const iterator = (candidate as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      return {
        next: async () => iterator.next(),
        close: () => void (async () => iterator.return?.())().catch(() => {}),
      };
    }
  } catch (error) {
    throw unreadable(error);
  }
  return fail(
    "The dump",
    `must be a stream of bytes, such as createReadStream(file) or new Blob([bytes]).stream(), not ${describe(source)}`,
  );
}

/** Recognizes bytes by their shape, since those of another realm are not instances of this one's classes. */
function toBytes(chunk: unknown): Uint8Array {
  if (!ArrayBuffer.isView(chunk))
    throw invalidDump(0, `is not a stream of bytes: it yielded ${describe(chunk)}. Leave out the encoding`);
  return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}

function unreadable(error: unknown): Error {
  if (InvalidDumpError.isInstance(error)) return error;
  return invalidDump(
    0,
    `could not be read to its end: ${messageOf(error)}. Import it again from a new stream`,
    error,
  );
}

import { InvalidDumpError } from "../errors/invalid-dump-error.ts";
import { Chain, type DumpHeader, type DumpRecord } from "./dump.ts";
import { parseDumpRecord, parseHeader } from "./parse-dump.ts";

/** A line holds a memory with its history, and each text may have 64 KiB. */
const longestLine = 64 * 1024 * 1024;

/** @throws InvalidDumpError */
export async function openDump(source: DumpSource): Promise<OpenDump> {
  const chain = new Chain();
  const lines = readLines(await unzipped(source));
  const first = await lines.next();
  const read = first.done ? undefined : chain.read(first.value);
  if (read?.part !== "header") throw broken(1, "is not a Loci dump header");
  const header = parseHeader(read.content);
  return { header, id: chain.last, records: readRecords(lines, chain) };
}

/**
 * The input of an import: a web stream, or any async iterable of bytes, such as a file stream of Node.
 * @example
 * ```ts
 * const importInto = (orgId: string, dump: DumpSource) => memory.organization(orgId).import(dump);
 * ```
 */
export type DumpSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A dump with a parsed header. Each record is validated before it is yielded. */
export interface OpenDump {
  readonly header: DumpHeader;
  /** Identifies this dump: the link of its header. */
  readonly id: string;
  /** Ends only after a footer with the right number of records. */
  readonly records: AsyncGenerator<DumpRecord, undefined>;
}

async function* readRecords(
  lines: AsyncGenerator<string, undefined>,
  chain: Chain,
): AsyncGenerator<DumpRecord, undefined> {
  let line = 1;
  let records = 0;
  for await (const text of lines) {
    line += 1;
    const read = chain.read(text);
    if (!read) throw broken(line, "was changed, or a line before it is missing");
    if (read.part === "footer") {
      const footer = read.content as { readonly records?: unknown };
      if (footer.records !== records)
        throw broken(line, `counts ${String(footer.records)} memories, but there were ${records}`);
      if (!(await lines.next()).done) throw broken(line + 1, "follows the end of the dump");
      return undefined;
    }
    if (read.part !== "record") throw broken(line, "is a second header");
    records += 1;
    yield parseDumpRecord(read.content, line);
  }
  throw broken(
    line + 1,
    "is missing: the dump was truncated. The lines before it were imported; import the whole dump to continue",
  );
}

async function* readLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    for await (const chunk of source) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      if (rest.length > longestLine) throw broken(0, "has a line that is longer than any memory");
      yield* lines.filter((line) => line.trim() !== "");
    }
    rest += decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw broken(0, "is not UTF-8, or its compression is damaged", error);
    throw error;
  }
  if (rest.trim() !== "") yield rest;
  return undefined;
}

/** The bytes of the dump, decompressed if needed. */
async function unzipped(source: DumpSource): Promise<AsyncIterable<Uint8Array>> {
  const chunks = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : iterate(source);
  const first = await chunks.next();
  if (first.done) throw broken(0, "is empty");
  if (!ArrayBuffer.isView(first.value)) throw broken(0, "is not a stream of bytes");
  const whole = resume(first.value, chunks);
  const isGzip = first.value[0] === 0x1f && first.value[1] === 0x8b;
  if (!isGzip) return whole;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await whole.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const unzip = new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
  return iterate(stream.pipeThrough(unzip));
}

async function* resume(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Some browsers' streams are not async iterable. */
async function* iterate(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function broken(line: number, problem: string, cause?: unknown): InvalidDumpError {
  const what = line === 0 ? "The dump" : `Line ${line} of the dump`;
  return new InvalidDumpError(`${what} ${problem}.`, { line }, cause === undefined ? {} : { cause });
}

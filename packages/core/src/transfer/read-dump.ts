import { Chain, type DumpHeader, type DumpRecord } from "./dump.ts";
import type { DumpSource } from "./dump-source.ts";
import { invalidDump } from "./invalid-dump.ts";
import { parseDumpRecord, parseHeader } from "./parse-dump.ts";
import { readBytes } from "./read-bytes.ts";
import { type DumpLine, readLines } from "./read-lines.ts";
import { unzip } from "./unzip.ts";

/**
 * Reads the header of a dump. The caller closes what it gets.
 * @throws InvalidDumpError; InvalidInputError when the source is not a stream; the signal's reason
 */
export async function openDump(source: DumpSource, signal?: AbortSignal): Promise<OpenDump> {
  const chain = new Chain();
  const bytes = readBytes(source, signal);
  const lines = readLines(unzip(bytes.chunks));
  try {
    const first = await lines.next();
    const read = first.done ? undefined : chain.read(first.value.text);
    if (read?.part !== "header") throw invalidDump(1, "is not a Loci dump header");
    const header = parseHeader(read.content);
    return { header, id: chain.last, records: readRecords(lines, chain), close: bytes.close };
  } catch (error) {
    bytes.close();
    throw error;
  }
}

/** A dump with a parsed header. Each record is validated before it is yielded. */
export interface OpenDump {
  readonly header: DumpHeader;
  /** Identifies this dump: the link of its header. */
  readonly id: string;
  /** Ends only after a footer with the right number of records. */
  readonly records: AsyncGenerator<DumpRecord, undefined>;
  /** Closes the source. */
  close(): void;
}

async function* readRecords(
  lines: AsyncGenerator<DumpLine, undefined>,
  chain: Chain,
): AsyncGenerator<DumpRecord, undefined> {
  let line = 1;
  let records = 0;
  for await (const { number, text } of lines) {
    line = number;
    const read = chain.read(text);
    if (!read) throw invalidDump(line, "was changed, or a line before it is missing");
    if (read.part === "footer") {
      const footer = read.content as { readonly records?: unknown };
      if (footer.records !== records)
        throw invalidDump(line, `counts ${String(footer.records)} memories, but there were ${records}`);
      const after = await lines.next();
      if (!after.done) throw invalidDump(after.value.number, "follows the end of the dump");
      return undefined;
    }
    if (read.part !== "record") throw invalidDump(line, "is a second header");
    records += 1;
    yield parseDumpRecord(read.content, line);
  }
  throw invalidDump(
    line + 1,
    "is missing: the dump was truncated. The lines before it were imported; import the whole dump to continue",
  );
}

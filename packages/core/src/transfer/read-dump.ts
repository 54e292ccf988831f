import { identityOf, nameOf } from "../records/identity.ts";
import type { MemoryRecord } from "../records/memory-record.ts";
import type { EmbedderFingerprint } from "../store/manifest.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";
import { Chain, type DumpHeader } from "./dump.ts";
import type { DumpSource } from "./dump-source.ts";
import { invalidDump } from "./invalid-dump.ts";
import { parseDumpRecord, parseFooter, parseHeader } from "./parse-dump.ts";
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
    const { number, text } = first.done ? { number: 1, text: "" } : first.value;
    const read = chain.read(text);
    if (read?.part !== "header") throw invalidDump(number, "is not a Loci dump header");
    const header = parseHeader(parseJson(read.json, number), number);
    return {
      header,
      id: chain.last,
      records: readRecords(lines, chain, number, header.embedder),
      close: bytes.close,
    };
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
  readonly records: AsyncGenerator<MemoryRecord, undefined>;
  /** Closes the source. */
  close(): void;
}

async function* readRecords(
  lines: AsyncGenerator<DumpLine, undefined>,
  chain: Chain,
  headerLine: number,
  embedder: EmbedderFingerprint | null,
): AsyncGenerator<MemoryRecord, undefined> {
  let line = headerLine;
  let records = 0;
  const seen = new Set<string>();
  for await (const { number, text } of lines) {
    line = number;
    if (isTurnOver()) await nextTurn();
    const read = chain.read(text);
    if (!read) throw invalidDump(line, "was changed, or a line before it is missing");
    if (read.part === "footer") {
      const counted = parseFooter(parseJson(read.json, line), line);
      if (counted !== records)
        throw invalidDump(line, `counts ${counted} memories, but there were ${records}`);
      const after = await lines.next();
      if (!after.done) throw invalidDump(after.value.number, "follows the end of the dump");
      return undefined;
    }
    if (read.part !== "record") throw invalidDump(line, "is a second header");
    records += 1;
    const record = parseDumpRecord(parseJson(read.json, line), line, embedder);
    const identity = nameOf(record);
    if (seen.has(identity)) throw invalidDump(line, "repeats the memory of an earlier line");
    seen.add(identity);
    const { key } = record.payload;
    const keyed = key === undefined ? undefined : `key ${identityOf(key, record.scopeKey)}`;
    if (keyed !== undefined && seen.has(keyed)) throw invalidDump(line, "has the key of an earlier line");
    if (keyed !== undefined) seen.add(keyed);
    yield record;
  }
  throw invalidDump(
    line + 1,
    "is missing: the dump was truncated. The lines before it were imported; import the whole dump to continue",
  );
}

function parseJson(json: string, line: number): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw invalidDump(line, "is not JSON", error);
  }
}

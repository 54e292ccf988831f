import { invalidDump } from "./invalid-dump.ts";

/** The most bytes of a line, which holds a memory with its history: 64 MiB. Each text may have 64 KiB. */
const longestLine = 64 * 1024 * 1024;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * The lines of a dump that are not blank, each with its number. They end with a line feed, or as files from Windows do.
 * Each byte is looked at once, whatever the size of the chunks, and decoded when its line is complete.
 * @throws InvalidDumpError for a line that is too long or not UTF-8
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<DumpLine, undefined> {
  let number = 1;
  const unfinished = new LineBuffer();
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      unfinished.append(chunk.subarray(start, end), number);
      const text = unfinished.take(number);
      if (text !== "") yield { number, text };
      number += 1;
      start = end + 1;
    }
    unfinished.append(chunk.subarray(start), number);
  }
  const text = unfinished.take(number);
  if (text !== "") yield { number, text };
  return undefined;
}

/** One line of a dump. */
export interface DumpLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** The bytes of a line until it is complete. It copies them, since a source may reuse its chunks. */
class LineBuffer {
  #bytes: Uint8Array = new Uint8Array(65_536);
  #length = 0;

  append(bytes: Uint8Array, line: number): void {
    const length = this.#length + bytes.length;
    if (length > longestLine)
      throw invalidDump(line, `is longer than ${longestLine} bytes, which no memory with its history needs`);
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(longestLine, Math.max(length, 2 * this.#bytes.length)));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
  }

  /** The text of the line, empty for a blank one. */
  take(line: number): string {
    let end = this.#length;
    this.#length = 0;
    if (end > 0 && this.#bytes[end - 1] === carriageReturn) end -= 1;
    if (end === 0) return "";
    try {
      // Only the first line may begin with a byte order mark.
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: line > 1 });
      const text = decoder.decode(this.#bytes.subarray(0, end));
      return text.trim() === "" ? "" : text;
    } catch (error) {
      throw invalidDump(line, "is not UTF-8", error);
    }
  }
}

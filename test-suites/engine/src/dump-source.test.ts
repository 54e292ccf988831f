import { gzipSync } from "node:zlib";
import { inMemory, Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { chunked, linesOf } from "./dump-lines.ts";
import { fillAndExport, importing } from "./exported-organization.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";

const mebibyte = 1024 * 1024;

/** A source that counts what was read from it, and notices that it was closed. */
function counted(chunks: Iterable<unknown>): {
  readonly source: AsyncIterable<Uint8Array>;
  readonly seen: { bytes: number; closed: boolean };
} {
  const seen = { bytes: 0, closed: false };
  async function* read(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks as Iterable<Uint8Array>) {
        seen.bytes += chunk.length;
        yield chunk;
      }
    } finally {
      seen.closed = true;
    }
  }
  return { source: read(), seen };
}

function* repeated(chunk: Uint8Array, times: number): Generator<Uint8Array> {
  for (let time = 0; time < times; time += 1) yield chunk;
}

describe("the source of a dump", () => {
  const memory = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
  const exported = fillAndExport(memory);

  it("costs no more than its bytes, in chunks of any size", { timeout: 30_000 }, async () => {
    const dump = await exported;
    const zipped = gzipSync(dump);
    for (const bytes of [dump, zipped])
      for (const size of [1, 2, 3, 65_536])
        expect((await importing(chunked(bytes, size)).done).imported).toBe(8);
    // It would take minutes if each chunk looked at the line from its start.
    const small = gzipSync(Buffer.alloc(33 * mebibyte, "x"));
    expect(small.length).toBeLessThan(40_000);
    await expect(importing(chunked(small)).done).rejects.toMatchObject({ code: "INVALID_DUMP", line: 1 });
    const tiny = counted(repeated(Buffer.from("x"), mebibyte));
    await expect(importing(tiny.source).done).rejects.toMatchObject({ code: "INVALID_DUMP", line: 1 });
    const empty = counted([...repeated(new Uint8Array(), 1000), dump]);
    expect((await importing(empty.source).done).imported).toBe(8);
  });

  it("may reuse its chunks", async () => {
    const dump = await exported;
    async function* reusing(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      const chunk = new Uint8Array(100);
      for (let start = 0; start < bytes.length; start += 100) {
        const part = bytes.subarray(start, start + 100);
        chunk.set(part);
        yield chunk.subarray(0, part.length);
      }
    }
    for (const bytes of [dump, gzipSync(dump)])
      expect((await importing(reusing(bytes)).done).imported).toBe(8);
  });

  it("is not read beyond the longest line, counted in bytes", { timeout: 30_000 }, async () => {
    const [header] = linesOf(await exported);
    const { source, seen } = counted([
      Buffer.from(`${header}\n`),
      ...repeated(Buffer.alloc(mebibyte, "é"), 200),
    ]);
    await expect(importing(source).done).rejects.toMatchObject({
      code: "INVALID_DUMP",
      line: 2,
      message: expect.stringContaining("is longer than 67108864 bytes"),
    });
    expect(seen.bytes).toBeLessThan(66 * mebibyte);
    expect(seen.closed).toBe(true);
  });

  it("is not decompressed without a bound", { timeout: 60_000 }, async () => {
    const blank = Buffer.alloc(mebibyte, " ");
    blank[mebibyte - 1] = 0x0a;
    const [header] = linesOf(await exported);
    const bomb = gzipSync(Buffer.concat([Buffer.from(`${header}\n`), ...repeated(blank, 300)]));
    await expect(importing(chunked(bomb, 65_536)).done).rejects.toMatchObject({
      code: "INVALID_DUMP",
      line: 0,
      message: expect.stringContaining("more than 256 times its compressed size"),
    });
    // What repeats itself less often is not suspicious.
    const lines = Buffer.concat([await exported, ...repeated(blank, 100)]);
    expect((await importing(chunked(gzipSync(lines), 65_536)).done).imported).toBe(8);
  });

  it("may have the line ends and the byte order mark of Windows, and blank lines", async () => {
    const dump = (await exported).toString();
    for (const changed of [
      `\ufeff${dump}`,
      dump.replaceAll("\n", "\r\n"),
      dump.replaceAll("\n", "\n\n \n"),
      dump.trimEnd(),
    ])
      expect((await importing(chunked(Buffer.from(changed))).done).imported).toBe(8);
    const lines = linesOf(await exported);
    const marked = Buffer.from(lines.with(2, `\ufeff${lines[2]}`).join("\n"));
    await expect(importing(chunked(marked)).done).rejects.toMatchObject({ code: "INVALID_DUMP", line: 3 });
  });

  it("is named by its line when a byte of it is not UTF-8, after blank lines too", async () => {
    const lines = linesOf(await exported);
    const broken = Buffer.from(`${lines[0]}\n\n\n${lines[1]}\n`);
    broken[broken.length - 10] = 0xff;
    await expect(importing(chunked(broken)).done).rejects.toMatchObject({
      code: "INVALID_DUMP",
      line: 4,
      message: "Line 4 of the dump is not UTF-8.",
    });
  });

  it("is closed when the import fails or succeeds, wherever that is", async () => {
    const dump = await exported;
    const lines = linesOf(dump);
    const rest = repeated(Buffer.alloc(1000), 100);
    for (const start of [
      dump,
      Buffer.from("no dump\n"),
      Buffer.from(`${lines[0]}\nbroken\n`),
      gzipSync(dump),
      gzipSync("no dump\n"),
      Buffer.from([0x1f, 0x8b, 0, 0]),
    ]) {
      const { source, seen } = counted([start, ...rest]);
      await importing(source).done.catch(() => {});
      expect(seen.closed, start.toString("latin1").slice(0, 20)).toBe(true);
    }
    const other = counted([dump]);
    await expect(memory.organization("rival").import(other.source)).rejects.toThrow("another organization");
    expect(other.seen.closed).toBe(true);
    let canceled = false;
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from("no dump\n")),
      cancel: () => {
        canceled = true;
      },
    });
    await expect(importing(stream).done).rejects.toMatchObject({ code: "INVALID_DUMP", line: 1 });
    expect(canceled).toBe(true);
  });

  it("does not hang an import that was aborted", async () => {
    const dump = await exported;
    for (const start of [dump.subarray(0, 0), dump.subarray(0, 700), gzipSync(dump).subarray(0, 300)]) {
      const controller = new AbortController();
      async function* hanging(): AsyncGenerator<Uint8Array> {
        yield start;
        controller.abort(new Error("enough"));
        await new Promise(() => {});
      }
      const target = new Memory({ store: inMemory(), embedder: fakeLetterEmbedder() });
      await expect(
        target.organization("acme").import(hanging(), { signal: controller.signal }),
      ).rejects.toThrow("enough");
    }
  });

  it("has a typed error for everything but a stream of bytes", async () => {
    const locked = new Blob(["x"]).stream();
    locked.getReader();
    for (const wrong of [undefined, null, 5, "acme.ndjson", {}, [], await exported, new Blob(["x"])])
      await expect(importing(wrong as never).done).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining("must be a stream of bytes"),
      });
    await expect(importing(locked).done).rejects.toMatchObject({ code: "INVALID_DUMP", line: 0 });
    for (const chunks of [["text"], [null], [{}], [await exported, 5]])
      await expect(
        importing(counted(chunks.map((chunk) => chunk ?? { length: 0 })).source).done,
      ).rejects.toMatchObject({
        code: "INVALID_DUMP",
        message: expect.stringContaining("is not a stream of bytes"),
      });
    for (const error of [new TypeError("terminated"), "text", null]) {
      async function* failing(): AsyncGenerator<Uint8Array> {
        yield (await exported).subarray(0, 500);
        throw error;
      }
      await expect(importing(failing()).done).rejects.toMatchObject({
        code: "INVALID_DUMP",
        message: expect.stringContaining("could not be read to its end"),
        cause: error,
      });
    }
  });
});

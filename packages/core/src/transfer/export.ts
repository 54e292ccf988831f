import type { RunningOperation } from "../guard/audit.ts";
import type { ParsedExportOptions } from "../input/export-options.ts";
import { isExpired, toMemoryRecord } from "../records/memory-record.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { isTurnOver, nextTurn } from "../util/event-loop-turn.ts";
import { Chain, type DumpHeader, vectorToBase64 } from "./dump.ts";

/**
 * A dump as a stream. It holds one page in memory, however slowly it is read. When the reader cancels it or the signal
 * aborts, the page that is being read is aborted, and no other is read.
 */
export function exportStream(
  source: ExportSource,
  { gzip, onProgress, signal }: StreamOptions,
): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  let exported = 0;
  const lines = dumpLines(source, ended.signal, (done) => {
    exported = done;
    onProgress?.({ done, total: source.total });
  });
  /** Ends the export once, whichever comes first. */
  const end = (report: () => void, reason?: unknown) => {
    if (ended.signal.aborted) return;
    signal?.removeEventListener("abort", abort);
    ended.abort(reason);
    report();
  };
  const fail = (error: unknown) => end(() => source.running.failed(error, { exported }), error);
  let abort = () => {};
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      // A reader may be slow: the signal ends the stream although nothing is being read.
      abort = () => {
        controller.error(signal?.reason);
        fail(signal?.reason);
      };
      if (signal?.aborted) abort();
      else signal?.addEventListener("abort", abort);
    },
    async pull(controller) {
      try {
        const { done, value } = await lines.next();
        if (ended.signal.aborted) return;
        if (!done) return controller.enqueue(encoder.encode(value));
        controller.close();
      } catch (error) {
        fail(error);
        throw error;
      }
      end(() => source.running.succeeded({ exported }));
    },
    cancel() {
      fail(new DOMException("The reader canceled the stream.", "AbortError"));
    },
  });
  return gzip ? stream.pipeThrough(new CompressionStream("gzip") as GzipTransform) : stream;
}

type StreamOptions = {
  readonly [Name in "gzip" | "onProgress" | "signal"]: ParsedExportOptions[Name] | undefined;
};

/** One page of an export. */
interface ExportPage {
  readonly records: readonly StoredRecord[];
  readonly cursor?: string;
}

/** The source of an export, and the operation that reports how it ended. */
export interface ExportSource {
  readonly header: DumpHeader;
  readonly total: number;
  readonly running: RunningOperation;
  page(cursor: string | undefined, signal: AbortSignal): Promise<ExportPage>;
}

/** Platform types differ in the buffers that a compressor accepts. */
type GzipTransform = ReadableWritablePair<Uint8Array, Uint8Array>;

async function* dumpLines(
  { header, page }: ExportSource,
  signal: AbortSignal,
  onPage: (exported: number) => void,
): AsyncGenerator<string, undefined> {
  const chain = new Chain();
  yield chain.write("header", header);
  let records = 0;
  let cursor: string | undefined;
  do {
    const { records: found, cursor: next } = await page(cursor, signal);
    cursor = next;
    let text = "";
    for (const record of found) {
      if (isTurnOver()) await nextTurn();
      const { id, scopeKey, payload, vector } = toMemoryRecord(record);
      if (isExpired(payload, Date.now())) continue;
      records += 1;
      text += chain.write("record", {
        id,
        ...scopeKey,
        memory: payload,
        ...(vector ? { vector: vectorToBase64(vector) } : {}),
      });
    }
    onPage(records);
    if (text !== "") yield text;
  } while (cursor !== undefined);
  yield chain.write("footer", { records });
  return undefined;
}

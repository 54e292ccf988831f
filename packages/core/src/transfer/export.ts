import type { RunningOperation } from "../guard/audit.ts";
import type { ParsedExportOptions } from "../input/export-options.ts";
import { isExpired, toMemoryRecord } from "../records/memory-record.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { Chain, type DumpHeader, vectorToBase64 } from "./dump.ts";

/** A dump as a stream. It holds one page in memory, however slowly it is read. */
export function exportStream(
  source: ExportSource,
  { gzip, onProgress }: { [Name in "gzip" | "onProgress"]: ParsedExportOptions[Name] | undefined },
): ReadableStream<Uint8Array> {
  const { running } = source;
  let exported = 0;
  const lines = dumpLines(source, (done) => {
    exported = done;
    onProgress?.({ done, total: source.total });
  });
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await lines.next();
        if (!done) return controller.enqueue(encoder.encode(value));
        controller.close();
      } catch (error) {
        running.failed(error, { exported });
        throw error;
      }
      running.succeeded({ exported });
    },
    async cancel() {
      running.failed(new DOMException("The reader canceled the stream.", "AbortError"), { exported });
      await lines.return(undefined);
    },
  });
  return gzip ? stream.pipeThrough(new CompressionStream("gzip") as GzipTransform) : stream;
}

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
  page(cursor: string | undefined): Promise<ExportPage>;
}

/** Platform types differ in the buffers that a compressor accepts. */
type GzipTransform = ReadableWritablePair<Uint8Array, Uint8Array>;

async function* dumpLines(
  { header, page }: ExportSource,
  onPage: (exported: number) => void,
): AsyncGenerator<string, undefined> {
  const chain = new Chain();
  yield chain.write("header", header);
  let records = 0;
  let cursor: string | undefined;
  do {
    const { records: found, cursor: next } = await page(cursor);
    cursor = next;
    let text = "";
    for (const record of found) {
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

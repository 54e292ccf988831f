import type { TransferProgress } from "../input/progress.ts";
import { isExpired, toMemoryRecord } from "../records/memory-record.ts";
import type { StoredRecord } from "../store/vector-store.ts";
import { Chain, type DumpHeader, vectorToBase64 } from "./dump.ts";

/** A dump as a stream. It holds one page in memory, however slowly it is read. */
export function exportStream(
  { header, total, page }: ExportSource,
  options: { readonly gzip?: boolean; readonly onProgress?: (progress: TransferProgress) => void },
): ReadableStream<Uint8Array> {
  const lines = dumpLines(header, total, page, options.onProgress);
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
  return options.gzip ? stream.pipeThrough(new CompressionStream("gzip") as GzipTransform) : stream;
}

/** One page of an export. */
interface ExportPage {
  readonly records: readonly StoredRecord[];
  readonly cursor?: string;
}

/** The source of an export. */
export interface ExportSource {
  readonly header: DumpHeader;
  readonly total: number;
  page(cursor: string | undefined): Promise<ExportPage>;
}

/** Platform types differ in the buffers that a compressor accepts. */
type GzipTransform = ReadableWritablePair<Uint8Array, Uint8Array>;

async function* dumpLines(
  header: DumpHeader,
  total: number,
  page: ExportSource["page"],
  onProgress: ((progress: TransferProgress) => void) | undefined,
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
    if (text !== "") yield text;
    onProgress?.({ done: records, total });
  } while (cursor !== undefined);
  yield chain.write("footer", { records });
  return undefined;
}

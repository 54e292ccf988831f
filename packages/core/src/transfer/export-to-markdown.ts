import { type DayOptions, dayOptions } from "../input/day-options.ts";
import { parseOptions } from "../input/option-table.ts";
import { sourceOf } from "../input/source.ts";
import { currentRevision, type MemoryRecord } from "../records/memory-record.ts";
import { dayOf } from "../util/days.ts";
import { markdownCode, markdownText } from "../util/markdown.ts";
import type { DumpHeader } from "./dump.ts";
import type { DumpSource } from "./dump-source.ts";
import { openDump } from "./read-dump.ts";

/**
 * Turns an export into a page that one can hand over to the person whom it is about: every memory with its day, where it comes from, until
 * when it held, its metadata and its earlier texts. It reads one memory at a time. Nothing that a memory says becomes markup.
 * @param dump what `export` gave, or a file of it
 * @param options `timeZone`: whose days are meant, default "UTC"; `signal`
 * @returns UTF-8 bytes; the stream fails with `InvalidDumpError` where the dump is damaged or cut
 * @example
 * ```ts
 * const page = exportToMarkdown(await alice.export({ vectors: false }), { timeZone: "Europe/Berlin" });
 * console.log(await new Response(page).text());
 * ```
 */
export function exportToMarkdown(
  dump: DumpSource,
  options: Pick<DayOptions, "timeZone" | "signal"> = {},
): ReadableStream<Uint8Array> {
  const { timeZone = "UTC", signal } = parseOptions(options, dayOptions);
  const lines = markdownLines(dump, timeZone, signal);
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await lines.return(undefined);
    },
  });
}

async function* markdownLines(
  dump: DumpSource,
  timeZone: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<string, undefined> {
  const { header, records, close } = await openDump(dump, signal);
  try {
    yield head(header);
    let memories = 0;
    for await (const record of records) {
      if (record.payload.placeholder) continue;
      memories += 1;
      yield entry(record, header, timeZone);
    }
    yield memories === 0 ? "Nothing is known.\n" : `\n${memories} memories, from newest to oldest.\n`;
  } finally {
    close();
  }
  return undefined;
}

const levels = [
  ["user", "userId"],
  ["agent", "agentId"],
  ["run", "runId"],
] as const;

function head({ orgId, scope, exportedAt }: DumpHeader): string {
  const who = [
    ...(orgId === null ? [] : [["organization", orgId]]),
    ...levels.flatMap(([level, name]) => (scope[name] === undefined ? [] : [[level, scope[name]]])),
  ];
  return [
    "# What is known",
    "",
    "| | |",
    "|---|---|",
    ...who.map(([level = "", id = ""]) => `| ${level} | ${markdownCode(id.replaceAll("|", "\\|"))} |`),
    `| exported at | ${exportedAt} |`,
    "",
    "",
  ].join("\n");
}

const from = {
  application: "the application",
  user: "the user",
  assistant: "the assistant",
  tool: "a tool",
  document: "a document",
} as const;

/** One memory: a line, and below it what else there is to say of it. */
function entry({ scopeKey, payload }: MemoryRecord, { scope }: DumpHeader, timeZone: string): string {
  const day = (moment: number) => dayOf(moment, timeZone);
  const { text, metadata } = currentRevision(payload);
  const below = levels.flatMap(([level, name]) =>
    scopeKey[level] && scope[name] === undefined ? [`of ${level} ${markdownCode(scopeKey[level])}`] : [],
  );
  const origin = [
    `from ${payload.name ? markdownText(payload.name) : from[sourceOf(payload)]}`,
    ...(payload.key === undefined ? [] : [`under the key ${markdownCode(payload.key)}`]),
    ...(payload.inferredBy ? [`inferred by ${markdownCode(payload.inferredBy)}`] : []),
    ...below,
  ];
  const ended = payload.supersededBy === undefined ? "no longer valid" : "replaced by a later memory";
  const details = [
    origin.join(", "),
    ...(payload.validTo === undefined ? [] : [`until ${day(payload.validTo)}: ${ended}`]),
    ...(payload.expiresAt === undefined ? [] : [`kept until ${day(payload.expiresAt)}`]),
    ...(Object.keys(metadata).length > 0 ? [`metadata ${markdownCode(JSON.stringify(metadata))}`] : []),
    ...payload.revisions
      .slice(0, -1)
      .filter((revision) => revision.text !== text)
      .map((revision) => `before, since ${day(revision.at)}: ${markdownText(revision.text)}`),
  ];
  return [
    `- ${day(payload.validFrom)}: ${markdownText(text)}`,
    ...details.map((one) => `  - ${one}`),
    "",
  ].join("\n");
}

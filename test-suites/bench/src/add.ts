import { join } from "node:path";
import { Memory } from "@loci/core";
import { sqlite } from "@loci/sqlite";
import { makeData } from "./data.ts";
import { summarize } from "./measure.ts";
import { openRaw } from "./raw.ts";
import { ratioFigure, type Section } from "./report.ts";

const batch = 1000;
const rounds = 5;

/** Adding texts without a model, beside inserting the same rows and words by hand. */
export async function benchAdd(folder: string, count: number): Promise<Section> {
  const { items } = makeData(count, 1);
  const texts = items.map(({ text }) => text);
  const rates: Record<string, number[]> = { raw: [], context: [], loci: [] };
  for (let round = 0; round < rounds; round++) {
    rates.raw?.push(rate(count, () => insertRaw(join(folder, `add-${round}.db`), texts, false)));
    rates.context?.push(rate(count, () => insertRaw(join(folder, `context-${round}.db`), texts, true)));
    const memory = new Memory({ store: sqlite({ directory: join(folder, `add-${round}`) }) });
    await memory.organization("acme").onboard();
    const start = performance.now();
    for (let from = 0; from < count; from += batch)
      await memory.add(texts.slice(from, from + batch), { orgId: "acme" });
    rates.loci?.push((count / (performance.now() - start)) * 1000);
    await memory.close();
  }
  const median = (name: string) => summarize(rates[name] ?? []).median;
  const perSecond = (name: string) => `${Math.round(median(name))} a second`;
  return {
    title: `Adding ${count} texts without a model, ${batch} at a time`,
    figures: [
      { name: "raw: a row, and its words in FTS5", value: perSecond("raw") },
      { name: "raw: a row, and its words and its neighbours' in FTS5", value: perSecond("context") },
      { name: "Loci, memory.add", value: perSecond("loci") },
      ratioFigure(
        "memory.add / raw with the same words",
        median("loci") / median("context"),
        "at least",
        0.7,
      ),
      ratioFigure(
        "memory.add / raw with a text's own words",
        median("loci") / median("raw"),
        "at least",
        0.7,
      ),
    ],
  };
}

function rate(count: number, run: () => void): number {
  const start = performance.now();
  run();
  return (count / (performance.now() - start)) * 1000;
}

function insertRaw(path: string, texts: readonly string[], context: boolean): void {
  const database = openRaw(path);
  database.exec(`
    create table records (row integer primary key, id text unique, user text, agent text, run text, metadata text, text text);
    create virtual table words using fts5 (own, "before", "after")`);
  const record = database.prepare("insert into records values (?, ?, '', '', '', '{}', ?)");
  const words = database.prepare(`insert into words (rowid, own, "before", "after") values (?, ?, ?, ?)`);
  for (let from = 0; from < texts.length; from += batch) {
    database.exec("begin immediate");
    for (let index = from; index < Math.min(from + batch, texts.length); index++) {
      record.run(index + 1, crypto.randomUUID(), texts[index] ?? "");
      words.run(
        index + 1,
        texts[index] ?? "",
        context ? (texts[index - 1] ?? "") : "",
        context ? (texts[index + 1] ?? "") : "",
      );
    }
    database.exec("commit");
  }
  database.close();
}

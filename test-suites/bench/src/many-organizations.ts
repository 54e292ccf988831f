import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Memory } from "@loci/core";
import { namespaceKey } from "@loci/core/store";
import { sqlite } from "@loci/sqlite";
import { fakeLookupEmbedder, makeData } from "./data.ts";
import { measureInTurns } from "./measure.ts";
import { milliseconds, ratioFigure, type Section } from "./report.ts";

/** The same search in a folder with one organization and with ten thousand. */
export async function benchManyOrganizations(folder: string, organizations: number): Promise<Section> {
  const { items, queries } = makeData(100, 60);
  const embedder = fakeLookupEmbedder([...items, ...queries]);
  const fill = async (memory: Memory, orgId: string) =>
    memory.add(
      items.map(({ text }) => text),
      { orgId },
    );
  const few = new Memory({ store: sqlite({ directory: join(folder, "one") }), embedder });
  await fill(few, "org-0");
  const directory = join(folder, "many");
  const many = new Memory({ store: sqlite({ directory }), embedder });
  const start = performance.now();
  for (let index = 0; index < organizations; index++) {
    await fill(many, `org-${index}`);
    if (index % 1000 === 999) console.error(`  ${index + 1} of ${organizations} organizations`);
  }
  const perOrganization = (performance.now() - start) / organizations;
  const query = (turn: number) => queries[turn % queries.length]?.text ?? "";
  const timings = await measureInTurns(
    {
      one: (turn) => few.search(query(turn), { orgId: "org-0" }),
      warm: (turn) => many.search(query(turn), { orgId: `org-${turn % 50}` }),
      // Each turn another organization, whose file is closed: the least recently used ones are.
      cold: (turn) =>
        many.search(query(turn), { orgId: `org-${100 + ((turn * 37) % (organizations - 100))}` }),
    },
    200,
    60,
  );
  await few.close();
  await many.close();
  // How many organizations there are is the directory's word.
  const key = namespaceKey({ kind: "directory", deployment: "default", orgId: "", generation: 1 });
  writeFileSync(join(folder, "directory-size"), String(readFileSync(join(directory, `${key}.db`)).length));
  const time = (name: string) => timings[name] ?? { median: Number.NaN, low: 0, high: 0 };
  return {
    title: `Search in one organization of 100 memories, among ${organizations} organizations in the folder`,
    figures: [
      { name: "alone in the folder", value: milliseconds(time("one")) },
      { name: `among ${organizations}, fifty in use`, value: milliseconds(time("warm")) },
      { name: `among ${organizations}, each first opened`, value: milliseconds(time("cold")) },
      ratioFigure("among many / alone, in use", time("warm").median / time("one").median, "at most", 1.5),
      {
        name: "among many / alone, first opened",
        value: `${(time("cold").median / time("one").median).toFixed(2)} times`,
      },
      { name: "onboarding an organization with 100 memories", value: `${perOrganization.toFixed(1)} ms` },
    ],
  };
}

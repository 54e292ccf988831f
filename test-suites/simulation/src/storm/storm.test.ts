import { chosenStores } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { servers } from "@loci/matrix/servers";
import { expect, it } from "vitest";
import { Storm } from "./storm.ts";
import { findBackend } from "./storm-stores.ts";

/** Some rounds, and what they break. */
async function brokenIn(store: string, rounds: number): Promise<readonly string[]> {
  const backend = await findBackend(store);
  const storm = new Storm({ store, url: backend.url, seed: 1 });
  const broken: string[] = [];
  try {
    for (let round = 1; round <= rounds; round++)
      for (const violation of await storm.round(round))
        broken.push(`${violation.what} (npm run storm -- --store ${store} --seed 1 --replay ${round})`);
  } finally {
    await storm.stop();
    await backend.stop();
  }
  return broken;
}

it.skipIf(!chosenStores().includes("sqlite"))(
  "keeps every promise on SQLite while processes are killed",
  { timeout: 120_000 },
  async () => {
    expect(await brokenIn("sqlite", 5)).toEqual([]);
  },
);

const { postgres } = servers;
if (postgres)
  describeBackend(postgres.backend, "on PostgreSQL", () => {
    it("keeps every promise while processes are killed", { timeout: 120_000 }, async () => {
      expect(await brokenIn("postgres", 3)).toEqual([]);
    });
  });

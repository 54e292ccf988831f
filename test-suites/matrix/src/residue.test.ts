/** What the servers' files still hold after a deletion and after a drop: looked for on the disk, and compared with what is reported. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { letterEmbedder } from "@loci/conformance";
import { Memory } from "@loci/core";
import type { Residue } from "@loci/core/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { servers } from "./servers.ts";

/** Under which words of a report a file of the server falls. */
const places: Readonly<Record<string, readonly (readonly [path: RegExp, where: RegExp])[]>> = {
  postgres: [
    [/pg_wal/, /write-ahead log/],
    [/data\/base/, /dead rows/],
  ],
  chroma: [[/chroma\.sqlite3/, /chroma\.sqlite3/]],
  elasticsearch: [[/data\/indices/, /Lucene's segments, and the translog/]],
};
const acme = { orgId: "acme", userId: "alice" };

describe.each(Object.entries(places))("%s", (name, known) => {
  const { backend, prepare, store } = servers[name] as (typeof servers)[string];
  describeBackend(
    { ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` },
    "reports what it leaves",
    () => {
      let server: OwnServer;
      let url: string;
      let memory: Memory;
      beforeAll(async () => {
        server = await backend.start();
        url = await prepare(server.url);
        memory = new Memory({ store: store(url), embedder: letterEmbedder });
      });
      afterAll(async () => {
        await memory.close();
        await server.stop();
      });

      /** The files of the server in which a word lies. */
      const holders = (word: string): readonly string[] =>
        filesIn(server.folder)
          .filter((file) => readFileSync(file).includes(word))
          .map((file) => relative(server.folder, file));
      const unreported = (files: readonly string[], residue: readonly Residue[]) =>
        files.filter(
          (file) =>
            !known.some(([path, where]) => path.test(file) && residue.some((one) => where.test(one.where))),
        );

      it("after everything of a user was deleted", async () => {
        await memory.add(["zq7deletedzq7 is a secret", "another one"], acme);
        await flush(name, url, server);
        expect(
          holders("zq7deletedzq7").length,
          "the test does not look where the server writes",
        ).toBeGreaterThan(0);
        const { deleted, residue } = await memory.deleteAll(acme);
        expect(deleted).toBe(2);
        await flush(name, url, server);
        const files = holders("zq7deletedzq7");
        expect(unreported(files, residue)).toEqual([]);
        // Nothing is reported that was never seen.
        expect(files.length).toBeGreaterThan(0);
      });

      it("after the organization was offboarded", async () => {
        await memory.add("wx8droppedwx8 is another secret", acme);
        await flush(name, url, server);
        expect(holders("wx8droppedwx8").length).toBeGreaterThan(0);
        const { residue } = await memory.organization(acme.orgId).offboard();
        await flush(name, url, server);
        // A server may remove files after it has answered.
        await expect
          .poll(() => unreported(holders("wx8droppedwx8"), residue), { timeout: 20_000 })
          .toEqual([]);
      });

      if (name === "chroma") {
        it("and the command that it names clears it", async () => {
          const file = join(server.folder, "data/chroma.sqlite3");
          // It was there before the organization was offboarded: whatever is left by now goes.
          await server.crash();
          const database = new DatabaseSync(file);
          database.exec("pragma wal_checkpoint(truncate); vacuum");
          database.close();
          expect(existsSync(file)).toBe(true);
          expect(holders("wx8droppedwx8")).toEqual([]);
          await server.restart();
        });
      }
    },
  );
});

/** Lets the server write what it holds in memory, and clean up what it cleans up by itself. */
async function flush(name: string, url: string, server: OwnServer): Promise<void> {
  if (name === "postgres") {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query("checkpoint");
    await client.end();
  }
  if (name === "elasticsearch") await fetch(`${url}/_flush?force=true`, { method: "POST" });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

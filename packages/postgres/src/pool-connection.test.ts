import { postgres as backend, createDatabase, type OwnServer, prepareRole } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { poolConnection } from "./pool-connection.ts";

describeBackend({ ...backend, variable: "LOCI_OWN_POSTGRES_URL" }, "connections of a pool", () => {
  let server: OwnServer;
  let url: string;
  beforeAll(async () => {
    server = await backend.start();
    await prepareRole(server.url);
    ({ url } = await createDatabase(server.url));
  });
  afterAll(() => server.stop());

  it.each([true, false])("end what still runs when they are closed (owned: %s)", async (owned) => {
    const pool = new pg.Pool({ connectionString: url });
    // The server does not notice who left while it sleeps.
    const sleep = `select pg_sleep(${owned ? 60 : 61})`;
    const connection = poolConnection(async () => pool, owned);
    const hanging = connection.transaction("read", "", (query) => query(sleep));
    const ended = expect(hanging).rejects.toThrow(/terminated/);
    const sleeping = "select count(*)::int from pg_stat_activity where query = $1";
    await expect.poll(async () => (await pool.query(sleeping, [sleep])).rows[0].count).toBe(1);
    const start = performance.now();
    await connection.close();
    await ended;
    if (!owned) expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    expect(performance.now() - start).toBeLessThan(5000);
    if (!owned) await pool.end();
  });

  it("begin nothing on a connection that comes after the close", async () => {
    const connection = poolConnection(async () => new pg.Pool({ connectionString: url }), true);
    const late = connection.transaction("read", "", (query) => query("select 1"));
    const ended = expect(late).rejects.toThrow(/terminated/);
    // Long enough to have the pool, and too short for a connection.
    await Promise.resolve();
    await connection.close();
    await ended;
  });
});

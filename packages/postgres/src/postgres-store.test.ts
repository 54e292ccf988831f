import { postgres as backend, createDatabase, type OwnServer, prepareRole } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { Memory } from "@loci/core";
import { namespaceKey, noExpiry, scopeFilter } from "@loci/core/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { postgres } from "./postgres-store.ts";

const schemaOf = (orgId: string) =>
  namespaceKey({ kind: "organization", deployment: "default", orgId, generation: 1 });

/** The role of an organization in the database of a client. */
async function roleOf(client: pg.Client, orgId: string): Promise<string> {
  const { rows } = await client.query(
    "select polroles[1]::regrole::text as role from pg_policy where polrelid = $1::regclass",
    [`${schemaOf(orgId)}.records`],
  );
  return rows[0].role;
}

describe("options", () => {
  it("are checked, and nothing is sent before the first call", async () => {
    expect(() => postgres(undefined as never)).toThrow(/needs options/);
    for (const [options, problem] of [
      [{ url: "postgres://x" }, /^url is no option of postgres: call it connectionString\./],
      [
        { conectionString: "postgres://x" },
        /^conectionString is no option of postgres\. There are pool, client, connectionString,/,
      ],
      [
        { connectionString: undefined },
        /^connectionString must be a string, and is undefined\. Is its environment variable set\?$/,
      ],
      [{ connectionString: "" }, /^connectionString must be a string, and is empty\./],
      [
        { connectionString: new URL("postgres://x:secret@x") },
        /^connectionString must be a string, and is object\./,
      ],
      [
        { connectionString: "mysql://root:secret@x/y" },
        /^connectionString begins with mysql:\/\/, which is not PostgreSQL's\. Let it begin with postgres:\/\/ or postgresql:\/\/\.$/,
      ],
      [{ host: 5 }, /^host must be a string, and is number\./],
      [{}, /^connectionString is missing\. Call it: postgres\(\{ connectionString:/],
      [{ pool: {} }, /^pool must be a pool of pg's\./],
      [{ client: new pg.Client() }, /^client must be a PGlite\./],
    ] as const) {
      let error: unknown;
      try {
        postgres(options as never);
      } catch (thrown) {
        error = thrown;
      }
      expect(error).toMatchObject({ code: "INVALID_INPUT", message: expect.stringMatching(problem) });
    }
    // Nothing listens there.
    const memory = new Memory({ store: postgres({ connectionString: "postgres://x:x@127.0.0.1:1/x" }) });
    await memory.close();
  });
});

describeBackend({ ...backend, variable: "LOCI_OWN_POSTGRES_URL" }, "on a server", () => {
  let server: OwnServer;
  let url: string;
  let adminUrl: string;
  const clients: pg.Client[] = [];
  const connect = async (connectionString: string) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    server = await backend.start();
    await prepareRole(server.url);
    ({ url, adminUrl } = await createDatabase(server.url));
    const memory = new Memory({ store: postgres({ connectionString: url }) });
    await memory.add("of acme", { orgId: "acme" });
    await memory.add("of alice", { orgId: "acme", userId: "alice" });
    await memory.add("of bob", { orgId: "acme", userId: "bob" });
    await memory.add("of rival", { orgId: "rival" });
    await memory.close();
  });
  afterAll(async () => {
    for (const client of clients) await client.end();
    await server.stop();
  });

  it("refuses a role for which row-level security does not hold", async () => {
    const memory = new Memory({ store: postgres({ connectionString: adminUrl }) });
    await expect(memory.add("hello", { orgId: "acme" })).rejects.toMatchObject({
      code: "INSUFFICIENT_ISOLATION",
      message: expect.stringContaining("CREATE ROLE loci LOGIN NOINHERIT CREATEROLE"),
    });
    await memory.close();
  });

  it("shows whoever connects nothing without an organization's role", async () => {
    const client = await connect(url);
    const { rows } = await client.query(`select count(*)::int as count from ${schemaOf("acme")}.records`);
    expect(rows).toEqual([{ count: 0 }]);
  });

  it("keeps each organization's role out of every other schema", async () => {
    const client = await connect(url);
    const [acme, rival] = [await roleOf(client, "acme"), await roleOf(client, "rival")];
    await client.query(`begin; set local role ${acme}`);
    await expect(client.query(`select * from ${schemaOf("rival")}.records`)).rejects.toMatchObject({
      code: "42501",
    });
    await client.query("rollback");
    await client.query(`begin; set local role ${acme}`);
    await expect(
      client.query(`set local role ${rival}; drop table ${schemaOf("acme")}.records`),
    ).rejects.toThrow();
    await client.query("rollback");
  });

  it("locks rows a second time: a query that forgets its predicate sees its scope and no more", async () => {
    const client = await connect(url);
    const role = await roleOf(client, "acme");
    const seen = async (settings: Record<string, string>) => {
      await client.query(`begin; set local role ${role}`);
      for (const [name, value] of Object.entries(settings))
        await client.query("select set_config($1, $2, true)", [`loci.${name}`, value]);
      const { rows } = await client.query(`select "user" from ${schemaOf("acme")}.records order by 1`);
      await client.query("rollback");
      return rows.map(({ user }) => user);
    };
    expect(await seen({})).toEqual([]);
    expect(await seen({ user: "any" })).toEqual([]);
    expect(await seen({ user: "{alice}", agent: "any", run: "any" })).toEqual(["alice"]);
    expect(await seen({ user: '{"",alice}', agent: '{""}', run: '{""}' })).toEqual(["", "alice"]);
    expect(await seen({ user: "any", agent: "any", run: "any" })).toEqual(["", "alice", "bob"]);
    // What a transaction was told is gone with it.
    expect(await seen({})).toEqual([]);
    await client.query(`begin; set local role ${role}`);
    await expect(
      client.query(`alter table ${schemaOf("acme")}.records disable row level security`),
    ).rejects.toMatchObject({ code: "42501" });
    await client.query("rollback");
  });

  it("needs one connection, however many calls there are", async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    const memory = new Memory({ store: postgres({ pool }) });
    await Promise.all(
      Array.from({ length: 30 }, (_, index) => memory.add(`text ${index}`, { orgId: `pool-${index % 3}` })),
    );
    expect((await memory.list({ orgId: "pool-0" })).memories).toHaveLength(10);
    expect(pool.totalCount).toBe(1);
    await memory.close();
    // It is the application's, and still open.
    expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it("leaves a pool's connections as they were", async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    const memory = new Memory({ store: postgres({ pool }) });
    await memory.search("acme", { orgId: "acme" });
    const { rows } = await pool.query(
      "select current_user as role, current_setting('search_path') as path, current_setting('loci.user', true) as reach",
    );
    expect(rows).toEqual([{ role: "loci_matrix", path: '"$user", public', reach: "" }]);
    await memory.close();
    await pool.end();
  });

  it("survives a connection that breaks in the moment in which a pool hands it over", async () => {
    const thrown: unknown[] = [];
    class BreakingClient extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super(config);
        const connect = (callback: (error: Error) => void) =>
          super.connect((error: Error) => {
            callback(error);
            // Thrown where nobody listens, which ends the process.
            try {
              this.emit("error", new Error("the connection broke"));
            } catch (unheard) {
              thrown.push(unheard);
            }
          });
        Object.assign(this, { connect });
      }
    }
    const pool = new pg.Pool({ connectionString: url, Client: BreakingClient });
    const memory = new Memory({ store: postgres({ pool }) });
    await memory.scope({ orgId: "acme" }).list();
    expect(thrown).toEqual([]);
    await memory.close();
    await pool.end();
  });

  it("survives idle connections that break, in a pool that the application does not listen to", async () => {
    const pool = new pg.Pool({ connectionString: url, application_name: "breaking" });
    const memories = [1, 2].map(() => new Memory({ store: postgres({ pool }) }));
    const list = () => Promise.all(memories.map((memory) => memory.scope({ orgId: "acme" }).list()));
    await list();
    expect(pool.listenerCount("error")).toBe(1);
    const admin = await connect(server.url);
    await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'breaking'",
    );
    await expect.poll(() => pool.totalCount).toBe(0);
    expect((await list()).map((page) => page.memories.length)).toEqual([1, 1]);
    for (const memory of memories) await memory.close();
    await pool.end();
  });

  it("closes once, however often it is asked to, and then says that it was closed", async () => {
    const store = postgres({ connectionString: url });
    const [first, second] = [new Memory({ store }), new Memory({ store })];
    await second.scope({ orgId: "acme" }).list();
    await first.close();
    await Promise.all([first.close(), store.close()]);
    await expect(second.scope({ orgId: "acme" }).list()).rejects.toMatchObject({
      code: "CLOSED",
      message: expect.stringContaining("Make another store, or close this one later."),
    });
  });

  it("waits for what runs when it is closed, also for a model, and takes no more calls", async () => {
    let answer: (vectors: readonly Float32Array[]) => void = () => {};
    const asked = Promise.withResolvers<void>();
    const embedder = {
      specVersion: 1,
      id: "slow",
      maxBatch: 9,
      // So that it is asked for nothing but the text.
      scatter: { mean: 0, deviation: 0.1 },
      describe: async () => ({ id: "slow", dimensions: 2 }),
      embed: () =>
        new Promise<readonly Float32Array[]>((resolve) => {
          answer = resolve;
          asked.resolve();
        }),
    } as const;
    const memory = new Memory({ store: postgres({ connectionString: url }), embedder });
    const slow = memory.scope({ orgId: "slow" });
    const added = slow.add("the answer was paid for");
    await asked.promise;
    const closed = memory.close();
    await expect(slow.list()).rejects.toMatchObject({ code: "CLOSED" });
    answer([Float32Array.of(1, 0)]);
    expect((await added).results).toMatchObject([{ status: "added" }]);
    await closed;
    await memory.close();
    const again = new Memory({ store: postgres({ connectionString: url }), embedder });
    expect((await again.scope({ orgId: "slow" }).list()).memories).toHaveLength(1);
    await again.close();
  });

  it("answers a query of 60 kB", { timeout: 60_000 }, async () => {
    const memory = new Memory({ store: postgres({ connectionString: url }) });
    const long = memory.scope({ orgId: "long" });
    await long.add("a walrus on the shore");
    const words = Array.from({ length: 8500 }, (_, at) => `word${at.toString(36)}`).join(" ");
    const [found] = await long.search(`${words.slice(0, 60_000)} walrus`);
    expect(found?.text).toBe("a walrus on the shore");
    await memory.close();
  });

  it("finds a record by its key where nothing was analyzed yet", { timeout: 60_000 }, async () => {
    const store = postgres({ connectionString: url });
    const identity = { kind: "organization", deployment: "default", orgId: "fresh", generation: 1 } as const;
    const key = namespaceKey(identity);
    const create = { ...identity, scheme: 1, embedder: null, createdAt: 0 } as const;
    const namespace = await store.open({ key, create });
    const scope = scopeFilter({}, "within");
    const records = Array.from({ length: 10_000 }, (_, at) => ({
      id: `${at}`,
      namespace: key,
      scopeKey: { user: "", agent: "", run: "" },
      fields: { $createdAt: at, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
      keywords: { own: [], before: [], after: [] },
      payload: "",
    }));
    await namespace.upsert({ records });
    const timeOf = async (run: () => Promise<unknown>) => {
      const start = performance.now();
      await run();
      return performance.now() - start;
    };
    const some = records.slice(0, 1000);
    const plain = await timeOf(() => namespace.upsert({ records: some }));
    const versions = await namespace.get({ ids: some.map(({ id }) => id), scope });
    const expecting = versions.map(({ id, version }) => ({
      ...(some[Number(id)] as (typeof some)[number]),
      expected: { version },
    }));
    // Where each record is looked for among all of its organization, they take thirty times as long.
    expect(await timeOf(() => namespace.upsert({ records: expecting }))).toBeLessThan(8 * plain + 400);
    const { records: newest } = await namespace.list({ scope, limit: 1000 });
    expect(await timeOf(() => namespace.delete({ scope, versions: newest }))).toBeLessThan(8 * plain + 400);
    await store.close();
  });

  it("waits for a connection no longer than its signal", async () => {
    const pool = new pg.Pool({ connectionString: url, max: 1 });
    const memory = new Memory({ store: postgres({ pool }) });
    const acme = memory.scope({ orgId: "acme" });
    await acme.list();
    const held = await pool.connect();
    const reason = new Error("enough");
    await expect(acme.list({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = acme.list({ signal: controller.signal });
    setTimeout(() => controller.abort(reason), 20);
    await expect(waiting).rejects.toBe(reason);
    held.release();
    expect((await acme.list()).memories).toHaveLength(1);
    await expect.poll(() => pool.idleCount).toBe(1);
    await memory.close();
    await pool.end();
  });

  describe("says what is wrong and what to do, and does not ask again", () => {
    const at = (changes: Partial<URL>) => Object.assign(new URL(url), changes).href;
    const refusal = async (connectionString: string) => {
      const memory = new Memory({ store: postgres({ connectionString }) });
      const error = await memory
        .scope({ orgId: "new" })
        .add("hello")
        .then(String, (reason: unknown) => reason);
      await memory.close();
      expect(error).toMatchObject({ code: "STORE_FAILURE", retryable: false });
      return (error as Error).message;
    };
    const login = async (name: string, rights = "") => {
      const admin = await connect(server.url);
      await admin.query(`create role ${name} login noinherit ${rights} password '${name}'`);
      return { admin, url: at({ username: name, password: name }) };
    };

    it("of a wrong password, and of none", async () => {
      expect(await refusal(at({ password: "wrong" }))).toMatch(
        /refuses the password: .* Correct user and password/,
      );
      expect(await refusal(at({ password: "" }))).toMatch(
        /refuses the password: .* Correct user and password/,
      );
    });

    it("of a wrong database", async () => {
      expect(await refusal(at({ pathname: "/nowhere" }))).toMatch(
        /no such database: .*nowhere.* correct its name/,
      );
    });

    it("of each grant that is missing, until they are there", async () => {
      const { admin, url } = await login("stranger");
      await admin.query("create database strange");
      const strange = Object.assign(new URL(url), { pathname: "/strange" }).href;
      await admin.query("revoke connect on database strange from public");
      expect(await refusal(strange)).toContain("GRANT CONNECT ON DATABASE");
      await admin.query("grant connect on database strange to public");
      const [create, roles] = [
        "GRANT CREATE ON DATABASE strange TO stranger;",
        "ALTER ROLE stranger CREATEROLE;",
      ];
      expect(await refusal(strange)).toContain(`As an administrator, run: ${create} ${roles}`);
      await admin.query(create);
      expect(await refusal(strange)).toContain(`As an administrator, run: ${roles}`);
      await admin.query(roles);
      const memory = new Memory({ store: postgres({ connectionString: strange }) });
      expect((await memory.scope({ orgId: "new" }).add("hello")).results).toHaveLength(1);
      await memory.close();
    });

    it("of a second login on one database, which works once it is granted the first", async () => {
      const { admin, url } = await login("successor", "createrole");
      expect(await refusal(url)).toContain("GRANT loci_matrix TO successor;");
      await admin.query("grant loci_matrix to successor");
      const memory = new Memory({ store: postgres({ connectionString: url }) });
      const acme = memory.scope({ orgId: "acme" });
      const [before] = (await acme.list()).memories;
      await acme.update(before?.id ?? "", { text: "of acme still" });
      expect((await acme.list()).memories[0]?.text).toBe("of acme still");
      await memory.close();
    });

    it("of a server that does not run, which may come", async () => {
      const memory = new Memory({ store: postgres({ connectionString: "postgres://x:x@localhost:1/x" }) });
      await expect(memory.scope({ orgId: "acme" }).list()).rejects.toMatchObject({
        retryable: true,
        message: expect.stringMatching(/does not answer: .*:1\b.*Start it there, or correct host and port/),
      });
      await memory.close();
    });
  });

  it("says how to get pgvector where the role may not bring it, and goes on once it is there", async () => {
    const admin = await connect(server.url);
    await admin.query("create database bare owner loci_matrix");
    const inside = await connect(Object.assign(new URL(server.url), { pathname: "/bare" }).href);
    const bare = Object.assign(new URL(url), { pathname: "/bare" }).href;
    const store = postgres({ connectionString: bare });
    const embedder = {
      specVersion: 1,
      id: "e",
      maxBatch: 9,
      describe: async () => ({ id: "e", dimensions: 2 }),
      embed: async () => [Float32Array.of(1, 0)],
    } as const;
    const memory = new Memory({ store, embedder });
    await expect(memory.add("hello", { orgId: "acme" })).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message: expect.stringContaining("CREATE EXTENSION vector;"),
    });
    await inside.query("create extension vector");
    expect((await memory.add("hello", { orgId: "acme" })).results[0]?.status).toBe("added");
    await memory.close();
  });

  it("serves two logins on two databases of one server, with organizations of the same name", async () => {
    const admin = await connect(server.url);
    const memories = [];
    for (const name of ["first", "second"]) {
      await admin.query(`create role ${name} login noinherit createrole password 'secret'`);
      await admin.query(`create database ${name} owner ${name}`);
      const at = new URL(server.url);
      Object.assign(at, { pathname: `/${name}`, username: name, password: "secret" });
      memories.push(new Memory({ store: postgres({ connectionString: at.href }) }));
    }
    const [first, second] = memories as [Memory, Memory];
    await first.add("of the first", { orgId: "acme" });
    await second.add("of the second", { orgId: "acme" });
    const { residue } = await first.organization("acme").offboard();
    expect(residue.map(({ where }) => where).join()).not.toContain("role");
    const { memories: left } = await second.scope({ orgId: "acme" }).list();
    expect(left.map(({ text }) => text)).toEqual(["of the second"]);
    for (const memory of memories) await memory.close();
  });

  it("finds its namespaces in a copy of the database and under another name, and says whose roles they share", async () => {
    const admin = await connect(server.url);
    const original = await createDatabase(server.url);
    const before = new Memory({ store: postgres({ connectionString: original.url }) });
    await before.add("written before", { orgId: "acme" });
    await before.close();
    await admin.query(`create database copied template ${original.name} owner loci_matrix`);
    await admin.query(`alter database ${original.name} rename to renamed`);
    const copied = new Memory({
      store: postgres({ connectionString: original.url.replace(original.name, "copied") }),
    });
    const renamed = new Memory({
      store: postgres({ connectionString: original.url.replace(original.name, "renamed") }),
    });
    const { residue } = await copied.organization("acme").offboard();
    expect(residue.map(({ where }) => where).join()).toContain("such as a copy of the database");
    const { memories } = await renamed.scope({ orgId: "acme" }).list();
    expect(memories.map(({ text }) => text)).toEqual(["written before"]);
    for (const memory of [copied, renamed]) await memory.close();
  });
});

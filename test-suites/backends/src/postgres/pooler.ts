import { existsSync, globSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Backend } from "../backend.ts";
import { cached, fill } from "../cache.ts";
import { run, startServer, unprivileged } from "../processes.ts";
import { answers, postgres } from "./backend.ts";

const place = "pgbouncer-debian";
const packages = ["pgbouncer", "libevent-2.1-7", "libc-ares2"];

/** A transaction pooler in front of PostgreSQL: each transaction may run on another connection of the server's. */
export const pgbouncer: Backend = {
  name: "pgbouncer",
  store: "postgres-pooled",
  title: "PgBouncer in front of PostgreSQL",
  version: "Debian's",
  variable: "LOCI_PGBOUNCER_URL",
  brings: "the Debian package pgbouncer (0.5 MB), unpacked and not installed",
  isInstalled: () => existsSync(cached(place)) && postgres.isInstalled(),
  install() {
    fill(place, (folder) => {
      if (process.getuid?.() === 0) run("apt-get", ["update", "-qq"]);
      run("apt-get", ["download", "-qq", ...packages], { cwd: folder });
      for (const file of globSync("*.deb", { cwd: folder })) run("dpkg", ["-x", file, "."], { cwd: folder });
      run("chmod", ["-R", "a+rX", folder]);
    });
    postgres.install();
  },
  async start(options) {
    const behind = await postgres.start(options);
    const { port: serverPort } = new URL(behind.url);
    const pooler = await startServer({
      title: "PgBouncer",
      prepare(folder) {
        mkdirSync(join(folder, "pool"));
        // Whoever connects here is who connects there: the tests make their role with its name as its password.
        writeFileSync(
          join(folder, "users"),
          ["postgres", "loci_matrix"].map((name) => `"${name}" "${name}"`).join("\n"),
        );
      },
      command(folder, port) {
        writeFileSync(
          join(folder, "pgbouncer.ini"),
          `[databases]
* = host=127.0.0.1 port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, "users")}
pool_mode = transaction
default_pool_size = 3
`,
        );
        return unprivileged(join(cached(place), "usr/sbin/pgbouncer"), [join(folder, "pgbouncer.ini")]);
      },
      environment: () => ({ LD_LIBRARY_PATH: globSync(join(cached(place), "usr/lib/*"))[0] ?? "" }),
      url: (port) => `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
      isReady: answers,
      signal: "SIGINT",
    });
    return {
      ...pooler,
      async stop() {
        await pooler.stop();
        await behind.stop();
      },
    };
  },
};

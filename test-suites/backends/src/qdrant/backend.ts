import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Backend } from "../backend.ts";
import { cached, fill } from "../cache.ts";
import { run, startServer } from "../processes.ts";

/** Qdrant's own engine as a Python wheel. Its server is in no registry of packages. */
const version = "0.9.0";
const place = `qdrant-edge-${version}`;
const program = fileURLToPath(new URL("./stand-in.py", import.meta.url));

export const qdrant: Backend = {
  name: "qdrant",
  store: "qdrant",
  title: "a stand-in for Qdrant 1.18",
  version: `1.18 (engine ${version})`,
  variable: "LOCI_QDRANT_URL",
  brings: "the Python package qdrant-edge-py (Qdrant's engine) through pip",
  standIn: `Qdrant's own engine (qdrant-edge-py ${version}) behind a small HTTP server that is checked against recordings of Qdrant 1.18.3: the server itself is in no registry of packages. LOCI_QDRANT_URL names a real one.`,
  isInstalled: () => existsSync(cached(place)),
  install() {
    fill(place, (folder) =>
      run("python3", [
        ..."-m pip install --quiet --no-deps --only-binary=:all: --root-user-action ignore".split(" "),
        ...["--disable-pip-version-check", "--target", folder, `qdrant-edge-py==${version}`],
      ]),
    );
  },
  start: (options) =>
    startServer(
      {
        title: "The stand-in for Qdrant",
        prepare: (folder) => mkdirSync(join(folder, "data")),
        command: (folder, port) => ["python3", [program, String(port), join(folder, "data")]],
        environment: () => ({ PYTHONPATH: cached(place), PYTHONDONTWRITEBYTECODE: "1" }),
        url: (port) => `http://127.0.0.1:${port}`,
        isReady: async (url) => (await fetch(`${url}/readyz`)).ok,
        signal: "SIGTERM",
      },
      options,
    ),
};

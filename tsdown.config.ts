import { globSync, readFileSync } from "node:fs";
import type { UserConfig } from "tsdown";

/** The packages that run outside Node, too: a `node:` import in one of them fails its build. */
const onAnyRuntime = ["ai-sdk", "core", "ollama", "openai", "opentelemetry"];

/** Builds a package: `src/NAME.ts` for each `./dist/NAME.js` that its package.json exports or has as a command. */
function buildOf(folder: string): UserConfig {
  const manifest = readFileSync(`${folder}/package.json`, "utf8");
  const names = new Set([...manifest.matchAll(/"\.\/dist\/([\w/-]+)\.js"/g)].map(([, name]) => name));
  return {
    cwd: folder,
    entry: [...names].map((name) => `src/${name}.ts`),
    format: "esm",
    platform: onAnyRuntime.some((name) => folder.endsWith(`/${name}`)) ? "neutral" : "node",
    target: "es2023",
    dts: true,
    fixedExtension: false,
    failOnWarn: true,
    logLevel: "warn",
  };
}

const config: UserConfig[] = ["test-suites/conformance", ...globSync("packages/*")].map(buildOf);

export default config;

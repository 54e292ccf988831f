import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { stripVTControlCharacters } from "node:util";
import { findServer, ollama, testModels } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { root, run, temporaryFolder } from "./workspace.ts";

beforeEach(() => {
  vi.stubEnv("FORCE_COLOR", undefined);
  vi.stubEnv("NO_COLOR", undefined);
});
afterEach(() => vi.unstubAllEnvs());

const program = (name: string) => [
  "--conditions=loci-source",
  "--disable-warning=ExperimentalWarning",
  join(root, "examples/quickstart/src", name),
];
const main = program("main.ts");

describe("quickstart", () => {
  it("tells its story from the first line to the end, without styles in a pipe", () => {
    const output = run(process.execPath, main, root);
    expect(output).toMatch(/^1\. Two companies/);
    expect(output).toContain("Everything above was asserted, not only printed.");
    expect(output).toContain("A late write is refused");
    expect(output).toBe(stripVTControlCharacters(output));
  });

  it("has styles in a pipe when it is asked to", () => {
    vi.stubEnv("FORCE_COLOR", "1");
    const output = run(process.execPath, [...program("first-day.ts"), temporaryFolder()], root);
    expect(output.slice(0, 20)).toBe("\u001b[1m1. Two companies");
  });

  it("ends quietly when nobody reads on", async () => {
    const story = spawn(process.execPath, main, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    story.stdout.once("data", () => story.stdout.destroy());
    const [errors, [status]] = await Promise.all([text(story.stderr), once(story, "exit")]);
    expect(errors).toBe("");
    expect(status).toBe(141);
  });

  it("leaves the database when it is asked to, and says where", () => {
    const output = run(process.execPath, [...main, "--keep"], root);
    const folder = /The database is in (\S+):/.exec(output)?.[1] ?? "";
    expect(existsSync(folder)).toBe(true);
    // The directory and Rival: Acme has left.
    expect(readdirSync(folder).filter((name) => name.endsWith(".db"))).toHaveLength(2);
    rmSync(folder, { recursive: true });
  });
});

describe("npm start and the other tasks", () => {
  const task = (...args: string[]) => run(process.execPath, [join(root, "scripts/run.mjs"), ...args], root);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

  it.each(Object.entries(scripts))("%s explains itself", (name, command) => {
    expect(command).toBe(`node scripts/run.mjs ${name}`);
    expect(task(name, "--help")).toMatch(/^Usage: npm /);
    expect(task("--help")).toContain(`  ${name} `);
  });

  it("name the options of the quickstart", () => {
    const usage = task("start", "--help");
    for (const option of ["--ollama", "--keep", "--help"]) expect(usage).toContain(`  ${option} `);
  });

  it("refuse a misspelt option or task, and offer the nearest", () => {
    expect(() => task("start", "--olama")).toThrow(/ended with 2:.*Did you mean --ollama\?/s);
    expect(() => task("start", "--keep", "keep")).toThrow(/ended with 2:.*Did you mean --keep\?/s);
    expect(() => task("tset")).toThrow(/ended with 2:.*Did you mean "test"\?/s);
    expect(() => task("check", "--fast")).toThrow(/ended with 2:.*takes none/s);
  });
});

describeBackend(ollama, "quickstart with Ollama", () => {
  it("tells the same story with real models, and shows what became of a conversation", async () => {
    const server = await findServer(ollama);
    vi.stubEnv("OLLAMA_HOST", server.url);
    const output = run(process.execPath, [...main, "--ollama"], root);
    await server.stop();
    expect(output).toContain(`With ${testModels.embedder}:latest and `);
    expect(output).toContain("A late write is refused");
    expect(output).toMatch(/\d call, \d+ tokens in, \d+ out/);
    expect(output).toContain("but for what the model made of the conversation");
  });

  it("says what to do where there is no server", () => {
    vi.stubEnv("OLLAMA_HOST", "http://127.0.0.1:9");
    expect(() => run(process.execPath, [...main, "--ollama"], root)).toThrow("Start it with: ollama serve");
  });
});

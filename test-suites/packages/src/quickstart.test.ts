import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findServer, ollama, testModels } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import { afterEach, describe, expect, it, vi } from "vitest";
import { root, run } from "./workspace.ts";

afterEach(() => vi.unstubAllEnvs());

const main = [
  "--conditions=loci-source",
  "--disable-warning=ExperimentalWarning",
  join(root, "examples/quickstart/src/main.ts"),
];

describe("quickstart", () => {
  it("tells its story to the end", () => {
    const output = run(process.execPath, main, root);
    expect(output).toContain("Everything above was asserted, not only printed.");
    expect(output).toContain("A late write is refused");
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

import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root, run } from "./workspace.ts";

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

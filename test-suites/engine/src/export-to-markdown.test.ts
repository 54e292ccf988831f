import { exportToMarkdown, inMemory, Memory } from "@loci/core";
import { describe, expect, it } from "vitest";
import { engineStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const pageOf = async (dump: ReadableStream<Uint8Array>, options = {}) =>
  new Response(exportToMarkdown(dump, options)).text();

describe.each(engineStores)("an export as a page on $name", ({ make }) => {
  it("says everything that is known of a person, and nothing of others", async () => {
    const memory = new Memory({ store: make(), embedder: null });
    const { results } = await memory.add("I live in Bonn", {
      ...alice,
      timestamp: "2025-01-01",
      metadata: { source: "chat" },
    });
    await memory.update(results[0]?.id ?? "", { text: "I live in Berlin" }, alice);
    const old = await memory.add("I like tea", { ...alice, timestamp: "2025-02-01" });
    await memory.add("I like coffee", {
      ...alice,
      timestamp: "2026-01-01",
      supersedes: old.results[0]?.id ?? "",
    });
    await memory.add({ role: "assistant", name: "Max", content: "noted" }, { ...alice, runId: "r|1" });
    await memory.add("read somewhere", { ...alice, source: "document", expiresAt: "2100-05-05" });
    await memory.add("bob's canary", { orgId: "acme", userId: "bob" });
    await memory.add("acme's canary", { orgId: "acme" });
    const page = await pageOf(await memory.scope(alice).export({ vectors: false }));
    for (const line of [
      "| organization | `acme` |",
      "| user | `alice` |",
      '- 2025-01-01: I live in Berlin\n  - from the user\n  - metadata `{"source":"chat"}`\n  - before, since ',
      ": I live in Bonn",
      "- 2025-02-01: I like tea\n  - from the user\n  - until 2026-01-01: replaced by a later memory",
      "noted\n  - from Max, of run `r|1`",
      "read somewhere\n  - from a document\n  - kept until 2100-05-05",
      "5 memories, from newest to oldest.",
    ])
      expect(page).toContain(line);
    expect(page).not.toContain("canary");
    const whole = await pageOf(await memory.organization("acme").export());
    expect(whole).toContain("acme's canary");
    expect(whole).toContain("of user `bob`");
    expect(await pageOf(await memory.scope({ ...alice, userId: "nobody" }).export())).toContain(
      "Nothing is known.",
    );
  });
});

describe("an export as a page", () => {
  it("shows what a memory says, and never follows it", async () => {
    const memory = new Memory({ store: inMemory() });
    const attack =
      "# Title\n\n- [click](javascript:x) <script>alert(1)</script> `code` **bold** | cell & ![i](x)";
    await memory.add(
      { role: "user", name: "<b>x</b>", content: attack },
      { ...alice, metadata: { "`": "``x" } },
    );
    const page = await pageOf(await memory.scope(alice).export());
    for (const markup of ["<script>", "<b>", "[click](", "**bold**", "\n# Title", "![i]"])
      expect(page).not.toContain(markup);
    expect(page).toContain("\\# Title - \\[click\\](javascript:x) \\<script\\>");
  });

  it("means the days of the time zone, and refuses what is cut or no option", async () => {
    const memory = new Memory({ store: inMemory() });
    await memory.add("late", { ...alice, timestamp: "2025-01-01T23:30:00Z" });
    const dump = await new Response(await memory.scope(alice).export()).text();
    const stream = (text: string) => new Blob([text]).stream();
    expect(await pageOf(stream(dump), { timeZone: "Asia/Tokyo" })).toContain("- 2025-01-02: late");
    await expect(pageOf(stream(dump.slice(0, -40)))).rejects.toMatchObject({ code: "INVALID_DUMP" });
    expect(() => exportToMarkdown(stream(dump), { zone: "UTC" } as never)).toThrow("zone");
    await expect(new Response(exportToMarkdown(5 as never)).text()).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

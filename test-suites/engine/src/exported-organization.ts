import { type Embedder, type ImportResult, inMemory, Memory } from "@loci/core";
import { bytesOf } from "./dump-lines.ts";
import { fakeLetterEmbedder } from "./letter-embedder.ts";

export const alice = { orgId: "acme", userId: "alice" };
const bob = { orgId: "acme", userId: "bob" };
export const acme = { orgId: "acme" };

/** Fills an organization and exports it. */
export async function fillAndExport(memory: Memory): Promise<Buffer> {
  await fill(memory);
  return bytesOf(await memory.organization(acme.orgId).export());
}

/** Imports a dump into a memory of its own. */
export function importing(
  source: AsyncIterable<Uint8Array>,
  embedder: Embedder | null = fakeLetterEmbedder(),
): { readonly target: Memory; readonly done: Promise<ImportResult> } {
  const target = new Memory({ store: inMemory(), embedder });
  return { target, done: target.organization(acme.orgId).import(source) };
}

/** Fills an organization with everything that a dump can hold. */
export async function fill(memory: Memory): Promise<void> {
  await memory.add(
    [
      {
        role: "user",
        name: "Mia",
        content: "Where is the harbour?",
        timestamp: "2026-01-05",
        metadata: { tag: "q" },
      },
      { role: "assistant", content: "Behind the mill.", timestamp: "2026-01-05" },
      { role: "user", name: "Mia", content: "Thanks, I take the zebra boat.", timestamp: "2026-01-06" },
    ],
    alice,
  );
  const { results } = await memory.add("I live in Paris", alice);
  await memory.add("I live in Berlin", { ...alice, supersedes: results[0]?.id ?? "" });
  const { results: edited } = await memory.add("the CRM is Atlas", { ...acme, metadata: { v: 1 } });
  await memory.update(edited[0]?.id ?? "", { text: "the CRM is called Atlas", metadata: { v: 2 } }, acme);
  await memory.add("in my run", { ...alice, agentId: "support", runId: "4711", expiresAt: "2999-01-01" });
  await memory.add("I sell to hospitals", bob);
}

/** Everything that can be seen of an organization, whatever it is called. */
export async function observe(memory: Memory, orgId: string, scores = true): Promise<unknown> {
  const scopes = [{ orgId }, { orgId, userId: "alice" }, { orgId, userId: "bob" }];
  const { memories } = await memory.list({ orgId, levels: "within", limit: 1000 });
  const ids = memories.map(({ id }) => id).sort();
  const nameless = (items: readonly { readonly scope: object }[]) =>
    items.map((item) => ({ ...item, scope: { ...item.scope, orgId: undefined } }));
  return {
    memories: nameless(memories).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    histories: await Promise.all(ids.map((id) => memory.history(id, { orgId, userId: "alice" }))),
    past: nameless((await memory.list({ orgId, userId: "alice", asOf: new Date() })).memories).length,
    searches: await Promise.all(
      scopes.map(async (scope) => {
        const found = await memory.search("harbour zebra mill Berlin Atlas", { ...scope, explain: true });
        return found.map(({ text, score, explanation }) => [
          text,
          ...(scores ? [score.toFixed(4), explanation?.keyword?.score.toFixed(4)] : []),
          explanation?.similarity?.toFixed(4),
        ]);
      }),
    ),
  };
}

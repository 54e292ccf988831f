import type { Memory, MemoryItem } from "@loci/core";

export const acme = { orgId: "acme" };
export const alice = { orgId: "acme", userId: "alice" };
export const rival = { orgId: "rival" };

/** Fills two organizations with a conversation, a memory that was changed, and shared ones. */
export async function fill(memory: Memory): Promise<void> {
  await memory.add(
    [
      { role: "user", content: "Where is the harbour?", timestamp: "2026-01-05" },
      { role: "assistant", content: "Behind the mill.", timestamp: "2026-01-05", metadata: { tag: "a" } },
    ],
    alice,
  );
  const { results } = await memory.add("I live in Paris", alice);
  await memory.update(results[0]?.id ?? "", { text: "I live in Rome" }, alice);
  await memory.add("The office is closed on Fridays", acme);
  await memory.add("a neighbour", rival);
}

/** Every memory of an organization, in the order of their ids. */
export async function everything(
  memory: Memory,
  scope: { readonly orgId: string } = acme,
): Promise<readonly MemoryItem[]> {
  const { memories } = await memory.list({ ...scope, levels: "within", limit: 1000 });
  return memories.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The texts that Alice finds. */
export async function found(memory: Memory, query: string): Promise<readonly string[]> {
  return (await memory.search(query, { ...alice, limit: 3 })).map(({ text }) => text);
}

import { Memory } from "@loci/core";
import { expect, it } from "vitest";
import { engineStores, findsWords } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };

it.each(engineStores.filter(findsWords))(
  "an import that overwrites leaves no words around it, on $name",
  async ({ make }) => {
    const memory = new Memory({ store: make(), embedder: null });
    const messages = ["one lemon", "two pears", "three plums"];
    const { results } = await memory.add(
      messages.map((content) => ({ role: "user", content }) as const),
      alice,
    );
    const dump = await new Response(await memory.organization("acme").export()).arrayBuffer();
    await memory.update(results[1]?.id ?? "", { text: "a walrus" }, alice);
    const scores = async (query: string) => (await memory.search(query, alice)).map(({ score }) => score);
    expect((await scores("walrus")).filter((score) => score > 0)).toHaveLength(3);
    await memory.organization("acme").import(new Blob([dump]).stream(), { conflicts: "overwrite" });
    expect((await scores("walrus")).filter((score) => score > 0)).toEqual([]);
    expect((await scores("pears")).filter((score) => score > 0)).toHaveLength(3);
  },
);

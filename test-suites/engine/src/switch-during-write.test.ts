import { chosenEffort } from "@loci/backends";
import { inMemory, ModelError, type VectorStore } from "@loci/core";
import { defaultTimings, Memory, shortTimings } from "@loci/core/testing";
import { describe, expect, it } from "vitest";
import { type BeforeCall, tellCalls } from "./foreign-calls.ts";
import { fakeLetterEmbedder, fakeWideEmbedder } from "./letter-embedder.ts";
import { fact, fakeScriptedModel } from "./scripted-model.ts";
import { allStores } from "./stores.ts";

const alice = { orgId: "acme", userId: "alice" };
const say = (content: string) => ({ role: "user", content }) as const;

/** Two processes: one writes, and the other moves or re-embeds the organization meanwhile. */
async function setUp(make: () => VectorStore, timings: typeof shortTimings) {
  let before: BeforeCall = () => {};
  const [here, there] = [make(), inMemory()];
  const registry = inMemory();
  const letters = fakeLetterEmbedder();
  const model = fakeScriptedModel(({ known }) => ({
    facts: [fact("a ferry", known.find(({ text }) => text === "a boat")?.memory ?? 0), fact("an oar")],
    removes: known.filter(({ text }) => text === "a zebra").map(({ memory }) => memory),
  }));
  const parts = { registry, embedder: fakeWideEmbedder(), formerEmbedders: [letters], languageModel: model };
  const cells = { here: { store: here, ceiling: 1000 }, there: { store: there, ceiling: 1 } };
  const broken = fakeScriptedModel(() => {
    throw new ModelError("no such model", { model: "fake", problem: "missing" });
  });
  const first = new Memory({ ...parts, cells, embedder: letters, languageModel: broken }, timings);
  await first.add(say("I bought an oar and a ferry"), { ...alice, onExtractionFailure: "store-raw" });
  const { results } = await first.add([say("a zebra"), say("a boat")], { ...alice, infer: false });
  const tell = (store: VectorStore) => tellCalls({ store }, (name) => before(name)).store;
  const told = { here: { ...cells.here, store: tell(here) }, there: { ...cells.there, store: tell(there) } };
  return {
    ids: results.map(({ id }) => id),
    writer: new Memory({ ...parts, cells: told }, timings),
    other: new Memory({ ...parts, cells }, timings),
    model,
    before: (next: BeforeCall) => {
      before = next;
    },
  };
}

type World = Awaited<ReturnType<typeof setUp>>;

const operations: Record<string, (world: World) => Promise<object>> = {
  "an inferred add": ({ writer }) => writer.add(say("I sold the boat for a ferry and an oar"), alice),
  "an add": ({ writer }) => writer.add([say("a ferry"), say("an oar")], { ...alice, infer: false }),
  "an add that supersedes": ({ writer, ids }) =>
    writer.add(say("a ferry"), { ...alice, infer: false, supersedes: ids[1] ?? "" }),
  "an extraction of what is pending": ({ writer }) => writer.scope(alice).extractPending(),
  "an update": ({ writer, ids }) => writer.update(ids[0] ?? "", { text: "a mule" }, alice),
  "a deletion": ({ writer, ids }) => writer.delete(ids[0] ?? "", alice),
  "a deletion of all": ({ writer }) => writer.deleteAll(alice),
};

const switches: Record<string, (world: World) => Promise<unknown>> = {
  "a move": async ({ other }) => {
    const [current] = (await other.organizations()).organizations;
    await other.organization("acme").move({ to: { cell: current?.cell === "here" ? "there" : "here" } });
  },
  "a re-embedding": async ({ other }) => {
    await other.organization("acme").reembed();
    await other.organization("acme").confirm();
  },
};

/** What an operation has answered, and what is stored then. The moments and the versions are another each time. */
async function outcome(world: World, run: () => Promise<object>) {
  // What a backend still holds of what was deleted is another elsewhere.
  const { residue: _, ...answer } = (await run()) as { readonly residue?: unknown };
  const { memories } = await world.other.list(alice);
  return {
    answer,
    asked: world.model.calls.length,
    memories: memories.map(({ id, text }) => ({ id, text })).sort((a, b) => a.id.localeCompare(b.id)),
  };
}

describe.each(allStores)("a switch on $name", { timeout: 600_000 }, ({ make, share }) => {
  const timings = share < 1 ? defaultTimings : shortTimings;

  it.each(
    Object.entries(operations).flatMap(([what, run]) =>
      Object.entries(switches).map(([how, change]) => ({ what, run, how, change })),
    ),
  )("is met by $what during $how, and the result is what it is without", async ({ run, change }) => {
    const undisturbed = await setUp(make, timings);
    const expected = await outcome(undisturbed, () => run(undisturbed));
    await atEveryCall(make, share, change, async (world, where) => {
      const found = await outcome(world, () => run(world)).catch((error: unknown) => error);
      if (where()) expect(found, where()).toEqual(expected);
    });
  });

  it.each(Object.entries(switches))(
    "is met by a forgetting during %s: its receipt counts everything, or there is none",
    async (_, change) => {
      await atEveryCall(make, share, change, async ({ writer, other }, where) => {
        const receipt = await writer
          .scope(alice)
          .forget()
          .catch((error: unknown) => error);
        const isRefused = (receipt as { readonly code?: unknown }).code === "ORGANIZATION_BUSY";
        if (!isRefused) expect(receipt, where()).toMatchObject({ memories: 3 });
        await other.scope(alice).forget();
        expect((await other.list(alice)).memories, where()).toEqual([]);
      });
    },
  );
});

/** Lets the other process switch before and after each foreign call of what `run` does, as far as it has so many. */
async function atEveryCall(
  make: () => VectorStore,
  share: number,
  change: (world: World) => Promise<unknown>,
  run: (world: World, where: () => string | undefined) => Promise<void>,
): Promise<void> {
  const step = share < 1 ? 9 : chosenEffort().isQuick ? 3 : 1;
  for (const when of ["before", "after"] as const) {
    for (let at = 1; ; at += step) {
      const world = await setUp(make, share < 1 ? defaultTimings : shortTimings);
      let seen = 0;
      let where: string | undefined;
      world.before((name) => {
        seen += 1;
        if (seen !== at) return;
        where = `${when} call ${at}, ${name}`;
        const switched = async () => void (await change(world));
        return when === "before" ? switched() : switched;
      });
      await run(world, () => where);
      if (where === undefined) break;
    }
  }
}

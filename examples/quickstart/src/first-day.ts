import assert from "node:assert/strict";
import { Memory } from "loci";
import { acme, rival } from "./memories.ts";
import { embedder } from "./models.ts";
import { directory, finds, say, title } from "./narrate.ts";

const memory = new Memory({ directory, embedder });

title("1. Two companies tell their memory what they know");
await memory.add(acme.shared, { orgId: "acme" });
await memory.add(acme.alice, { orgId: "acme", userId: "alice" });
await memory.add(acme.bob, { orgId: "acme", userId: "bob" });
await memory.add(acme.agent, { orgId: "acme", agentId: "support" });
await memory.add(acme.run, { orgId: "acme", agentId: "support", runId: "ticket-4711" });
await memory.add(rival.shared, { orgId: "rival" });
await memory.add(rival.carol, { orgId: "rival", userId: "carol" });
await memory.add(rival.dave, { orgId: "rival", userId: "dave" });
await memory.add(rival.agent, { orgId: "rival", agentId: "support" });
say("Acme: 5 memories, of the company, Alice, Bob, the support agent and one of its runs.");
say("Rival: 4 memories, of the company, Carol, Dave and an agent that is called support as well.");

title('2. Everybody asks for "company systems"');
const query = "company systems";
const alice = memory.scope({ orgId: "acme", userId: "alice" });
finds("Alice", await alice.search(query), [acme.alice, acme.shared]);
finds("Bob", await memory.search(query, { orgId: "acme", userId: "bob" }), [acme.bob, acme.shared]);
finds("The support agent", await memory.search(query, { orgId: "acme", agentId: "support" }), [
  acme.agent,
  acme.shared,
]);
const run = { orgId: "acme", agentId: "support", runId: "ticket-4711" };
finds("Its run on ticket 4711", await memory.search(query, run), [acme.run, acme.agent, acme.shared]);
finds("Acme as a whole", await memory.search(query, { orgId: "acme" }), [acme.shared]);

title("   Rival asks for Acme's secrets, word by word and id by id");
const secrets = new Set<string>(Object.values(acme));
const disguises = [
  { orgId: "rival" },
  { orgId: "rival", userId: "alice" },
  { orgId: "rival", agentId: "support" },
];
for (const secret of secrets) {
  const found = await Promise.all(
    disguises.flatMap((scope) =>
      (["visible", "own", "within"] as const).map((levels) =>
        memory.search(secret, { ...scope, levels, limit: 1000 }),
      ),
    ),
  );
  const leaked = found.flat().filter(({ text }) => secrets.has(text));
  assert.deepEqual(leaked, []);
  say(`Rival searches for "${secret.slice(0, 24)}..." in nine ways and finds nothing of Acme's.`);
}
const { memories } = await memory.list({ orgId: "acme", levels: "within" });
const ids = memories.map(({ id }) => id);
const byId = await memory.scope({ orgId: "rival" }).getMany(ids);
finds(
  `Rival, with the ids of all ${ids.length} memories of Acme,`,
  byId.filter((item) => item !== null),
  [],
);
await memory.close();

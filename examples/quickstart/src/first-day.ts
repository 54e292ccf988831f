import assert from "node:assert/strict";
import { Memory } from "loci";
import { acme, rival } from "./memories.ts";
import { embedder } from "./models.ts";
import { directory, finds, say, title } from "./narrate.ts";

const memory = new Memory({ directory, embedder });

title("1. Two companies tell their memory what they know");
const company = memory.scope({ orgId: "acme" });
const alice = memory.scope({ orgId: "acme", userId: "alice" });
const bob = memory.scope({ orgId: "acme", userId: "bob" });
const support = memory.scope({ orgId: "acme", agentId: "support" });
const ticket = memory.scope({ orgId: "acme", agentId: "support", runId: "ticket-4711" });
await company.add(acme.shared);
await alice.add(acme.alice);
await bob.add(acme.bob);
await support.add(acme.agent);
await ticket.add(acme.run);
await memory.scope({ orgId: "rival" }).add(rival.shared);
await memory.scope({ orgId: "rival", userId: "carol" }).add(rival.carol);
await memory.scope({ orgId: "rival", userId: "dave" }).add(rival.dave);
await memory.scope({ orgId: "rival", agentId: "support" }).add(rival.agent);
say("Acme: 5 memories, of the company, Alice, Bob, the support agent and one of its runs.");
say("Rival: 4 memories, of the company, Carol, Dave and an agent that is called support as well.");

title('2. Everybody asks for "company systems"');
const query = "company systems";
finds("Alice", await alice.search(query), [acme.alice, acme.shared]);
finds("Bob", await bob.search(query), [acme.bob, acme.shared]);
finds("The support agent", await support.search(query), [acme.agent, acme.shared]);
finds("Its run on ticket 4711", await ticket.search(query), [acme.run, acme.agent, acme.shared]);
finds("Acme as a whole", await company.search(query), [acme.shared]);

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
        memory.scope(scope).search(secret, { levels, limit: 1000 }),
      ),
    ),
  );
  const leaked = found.flat().filter(({ text }) => secrets.has(text));
  assert.deepEqual(leaked, []);
  say(`Rival searches for "${secret.slice(0, 24)}..." in nine ways and finds nothing of Acme's.`);
}
const { memories } = await company.list({ levels: "within" });
const ids = memories.map(({ id }) => id);
const byId = await memory.scope({ orgId: "rival" }).getMany(ids);
finds(
  `Rival, with the ids of all ${ids.length} memories of Acme,`,
  byId.filter((item) => item !== null),
  [],
);
await memory.close();

import { Memory } from "loci";
import { acme, rival } from "./memories.ts";
import { embedder } from "./models.ts";
import { directory, finds, title } from "./narrate.ts";

title("3. That process has ended; a second one opens the same files");
const memory = new Memory({ directory, embedder });
finds(
  "Acme",
  (await memory.scope({ orgId: "acme" }).list({ levels: "within" })).memories,
  Object.values(acme),
);
finds(
  "Rival",
  (await memory.scope({ orgId: "rival" }).list({ levels: "within" })).memories,
  Object.values(rival),
);
const found = await memory
  .scope({ orgId: "acme", userId: "alice" })
  .search("Which CRM do we use?", { limit: 1 });
finds('Alice, asking "Which CRM do we use?", first', found, [acme.shared]);
await memory.close();

import { inMemory, Memory } from "@loci/core";
import { canaryText } from "./canary.ts";
import { fakeEmbedders } from "./fake-models.ts";
import { type Dump, firstDonated } from "./plan.ts";

let donated: Promise<Dump> | undefined;

/** The dump of an organization from before the story, with a conversation of Alice's, and a text that all share. */
export function donatedDump(): Promise<Dump> {
  donated ??= (async () => {
    const memory = new Memory({ store: inMemory(), embedder: fakeEmbedders()["fake-one"] ?? null });
    const said = [0, 1, 2].map((at) => ({ role: "user" as const, content: canaryText(firstDonated + at) }));
    await memory.add(said, { orgId: "donor", userId: "alice" });
    await memory.add(canaryText(firstDonated + 3), { orgId: "donor" });
    const text = await new Response(await memory.organization("donor").export()).text();
    await memory.close();
    return { orgId: "donor", text };
  })();
  return donated;
}

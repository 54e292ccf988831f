/** A second process for the race: adds to the organizations that its parent names, and offboards them. */
import { letterEmbedder } from "@loci/conformance";
import { LociError, Memory } from "@loci/core";
import { servers } from "./servers.ts";

const [name = "", url = ""] = process.argv.slice(2);
const server = servers[name] as (typeof servers)[string];
const memory = new Memory({ store: server.store(url), embedder: letterEmbedder, deployment: "race" });

process.on("message", async (orgId: string) => {
  const codes = await Promise.all([
    codeOf(memory.add(`by ${process.pid}`, { orgId })),
    codeOf(memory.organization(orgId).offboard()),
  ]);
  process.send?.({ orgId, codes });
});

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "done";
  } catch (error) {
    if (!LociError.isInstance(error)) return String(error);
    // What has to be among the allowed ones is a code alone; anything else is told in full.
    return error.code.startsWith("ORGANIZATION")
      ? error.code
      : `${error.code}: ${error.message} (${error.cause})`;
  }
}

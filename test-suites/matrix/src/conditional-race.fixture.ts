/** A second process for the race of conditional writes: writes and deletes what its parent says, and tells what became of it. */
import { type Namespace, scopeFilter } from "@loci/core/store";
import { openRaced, type RaceAnswer, type RaceOrder, racedRecord } from "./conditional-race.ts";
import { servers } from "./servers.ts";

const [name = "", url = ""] = process.argv.slice(2);
const server = servers[name] as (typeof servers)[string];
const opened = openRaced(server.store(url));

process.on("message", async (order: RaceOrder) => {
  process.send?.(
    await answerTo(await opened, order).catch((error: Error) => ({ error: `${error} ${error.cause}` })),
  );
});

async function answerTo(namespace: Namespace, { writes, expecting, erases }: RaceOrder): Promise<RaceAnswer> {
  const scope = scopeFilter({}, "within");
  const plain = writes.map(({ id }) => racedRecord(namespace, id, String(process.pid)));
  const records = expecting
    ? plain.map((record, at) => ({ ...record, expected: writes[at]?.expected ?? ("absent" as const) }))
    : plain;
  const [conflicts, erased] = await Promise.all([
    namespace.upsert({ records }),
    erases.length > 0 ? namespace.delete({ scope, versions: erases }) : 0,
  ]);
  const lost = new Set(conflicts.map(({ id }) => id));
  return {
    written: writes.map(({ id }) => id).filter((id) => !lost.has(id)),
    erased,
    writer: String(process.pid),
  };
}

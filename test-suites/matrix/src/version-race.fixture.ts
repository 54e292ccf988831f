/** A second process for the race of versions: replaces the version of a record that its parent names. */
import type { Manifest, VectorRecord } from "@loci/core/store";
import { namespaceKey } from "@loci/core/store";
import { servers } from "./servers.ts";

const [name = "", url = "", manifest = ""] = process.argv.slice(2);
const create = JSON.parse(manifest) as Manifest;
const { store } = servers[name] as (typeof servers)[string];
const namespace = await store(url).open({ key: namespaceKey({ ...create }), create });

process.on("message", async (record: VectorRecord) => {
  const vector = Float32Array.of(1, 0, 0, 0);
  const mine = { ...record, payload: String(process.pid), vector };
  process.send?.(
    await namespace.upsert({ records: [mine] }).then(
      (conflicts) => (conflicts.length === 0 ? "won" : "lost"),
      (error: unknown) => String(error),
    ),
  );
});
process.send?.("ready");

/** `npm run storm`: three real processes on a real store, killed at random, and a look at what is left. */
import { parseArgs } from "node:util";
import { invariants } from "../story/invariants.ts";
import { Storm } from "./storm.ts";
import { findBackend, stormStores } from "./storm-stores.ts";

const { values } = parseArgs({
  options: {
    store: { type: "string", multiple: true },
    rounds: { type: "string" },
    seed: { type: "string", default: "1" },
    replay: { type: "string" },
  },
});
const seed = Number(values.seed);
for (const store of values.store ?? stormStores) {
  const backend = await findBackend(store);
  const first = Number(values.replay ?? 1);
  const usual = store === "sqlite" || store === "postgres" ? 300 : 100;
  const last = values.replay ? first : Number(values.rounds ?? usual);
  const start = performance.now();
  let broken = 0;
  const storm = new Storm({
    store,
    url: backend.url,
    seed,
    ...(values.replay ? { tell: (line: string) => console.log(line) } : {}),
  });
  for (let round = first; round <= last; round++) {
    const violations = await storm.round(round);
    if (violations.length === 0) continue;
    broken += 1;
    console.log(
      `Round ${round} on ${store}: npm run storm -- --store ${store} --seed ${seed} --replay ${round}`,
    );
    for (const { invariant, what } of violations) console.log(`  BROKEN: ${invariants[invariant]} ${what}`);
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(`${store}: ${last - first + 1} rounds in ${seconds.toFixed(1)} s, ${broken} broken.`);
  const kinds = [...storm.acknowledged].sort().map(([kind, times]) => `${times} ${kind}`);
  console.log(`Acknowledged: ${kinds.join(", ")}.`);
  await storm.stop();
  await backend.stop();
  if (broken > 0) process.exitCode = 1;
}

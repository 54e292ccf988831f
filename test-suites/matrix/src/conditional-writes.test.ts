/** Two processes that expect the same of the same records on real servers: one of them writes, and neither waits for ever. */
import { chosenEffort, type OwnServer } from "@loci/backends";
import { describeBackend } from "@loci/backends/vitest";
import type { VectorStore } from "@loci/core";
import { type Namespace, type StoredRecord, scopeFilter } from "@loci/core/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ConditionalRacer,
  openRaced,
  type RaceAnswer,
  racedRecord,
  startConditionalRacer,
} from "./conditional-race.ts";
import { servers } from "./servers.ts";

const scope = scopeFilter({}, "within");
const rounds = chosenEffort().races / 4;
/** Of each kind in a round. */
const many = 8;

describe.each(Object.entries(servers))("%s", (name, { backend, prepare, store }) => {
  describeBackend({ ...backend, variable: `LOCI_OWN_${name.toUpperCase()}_URL` }, "between processes", () => {
    let server: OwnServer;
    let subject: VectorStore;
    let namespace: Namespace;
    let racers: readonly [ConditionalRacer, ConditionalRacer];
    beforeAll(async () => {
      server = await backend.start();
      const url = await prepare(server.url);
      subject = store(url);
      namespace = await openRaced(subject);
      racers = [startConditionalRacer(name, url), startConditionalRacer(name, url)];
    });
    afterAll(async () => {
      for (const { child } of racers) child.kill();
      await subject.close();
      await server.stop();
    });

    const idsOf = (kind: string, round: number) =>
      Array.from({ length: many }, (_, at) => `${kind}-${round}-${at}`);
    const read = async (ids: readonly string[]): Promise<ReadonlyMap<string, StoredRecord>> =>
      new Map((await namespace.get({ ids, scope })).map((record) => [record.id, record]));
    const doneBy = (answer: RaceAnswer) => {
      if ("error" in answer) throw new Error(answer.error);
      return answer;
    };

    it(`one of two writes a version or what is absent, and one writes or deletes, in ${rounds} rounds`, {
      timeout: 600_000,
    }, async () => {
      for (let round = 0; round < rounds; round++) {
        const [replaced, created, contested] = ["replaced", "created", "contested"].map((kind) =>
          idsOf(kind, round),
        ) as [string[], string[], string[]];
        const seeded = [...replaced, ...contested];
        await namespace.upsert({ records: seeded.map((id) => racedRecord(namespace, id, "seed")) });
        const before = await read(seeded);
        const versionOf = (id: string) => before.get(id) as StoredRecord;
        const write = (id: string) =>
          before.has(id) ? { id, expected: { version: versionOf(id).version } } : { id };
        const [writer, eraser] = round % 2 === 0 ? racers : racers.toReversed();
        // In opposite orders, in which two would wait for each other.
        const answers = await Promise.all([
          writer?.run({
            writes: [...contested, ...replaced, ...created].map(write),
            expecting: true,
            erases: [],
          }),
          eraser?.run({
            writes: [...created.toReversed(), ...replaced.toReversed()].map(write),
            expecting: true,
            erases: contested.toReversed().map(versionOf),
          }),
        ]);
        const [first, second] = answers.map((answer) => doneBy(answer as RaceAnswer));
        const after = await read([...seeded, ...created]);
        for (const id of [...replaced, ...created]) {
          const winners = [first, second].filter((one) => one?.written.includes(id));
          expect(winners, `${id} in round ${round}`).toHaveLength(1);
          expect(after.get(id)?.payload, id).toBe(winners[0]?.writer);
          expect(after.get(id)?.version, id).not.toBe(before.get(id)?.version);
        }
        const written = contested.filter((id) => first?.written.includes(id));
        expect([...after.keys()].filter((id) => contested.includes(id)).sort()).toEqual(written.sort());
        expect(second?.erased).toBe(many - written.length);
      }
    });

    it("two who write and delete the same records in opposite orders do not wait for each other", {
      timeout: 600_000,
    }, async () => {
      const ids = Array.from({ length: 60 }, (_, at) => `any-${at}`);
      for (let round = 0; round < rounds; round++) {
        const erased = namespace.delete({ scope, ids: ids.slice(0, 30) });
        const answers = await Promise.all(
          racers.map(({ run }, at) => {
            const writes = (at === 0 ? ids : ids.toReversed()).map((id) => ({ id }));
            return run({ writes, expecting: false, erases: [] });
          }),
        );
        for (const answer of answers) expect(doneBy(answer).written).toHaveLength(ids.length);
        await erased;
      }
    });
  });
});

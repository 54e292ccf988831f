import type { Namespace, StoredRecord, VectorStore } from "@loci/core/store";
import type { Check, ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  expecting,
  idsOf,
  listAll,
  nameOf,
  openOrganization,
  placementAt,
  readOne,
  readsOf,
  recordOf,
  same,
  textOf,
  textsOf,
  versionsOf,
  visibleFrom,
} from "../fixtures.ts";
import { surfaceText } from "../oracles/canary.ts";
import { twoHandles } from "../two-handles.ts";

/**
 * What a write that expects something does, in the bare store. Where it touches somebody else's record, or brings a deleted one
 * back, that is a leak; what else goes wrong loses writes.
 */
export const storeConditionalWrites: readonly ConformanceCase[] = [
  {
    id: "what-is-expected-absent-is-written-once",
    claim: "A record that is expected to be absent is written where there is none, and else changes nothing.",
    level: "core",
    layer: "store",
    async run({ check, ...context }) {
      const { key, namespaces } = await twoHandles(context);
      const [namespace, other] = namespaces;
      const write = (via: Namespace, text: string) =>
        via.upsert({ records: [expecting("absent", recordOf(key, text, { id: "one", fields: { text } }))] });
      const first = await write(namespace, "first");
      check(first.length === 0, () => "Where nothing lay, a record expected to be absent was not written.");
      const before = await readAll(namespace, ["first", "second"]);
      check(!before.includes('"expected"'), () => `What was expected came back as data: ${before}`);
      for (const via of [namespace, other]) {
        const conflicts = await write(via, "second");
        check(
          same(idsOf(conflicts), ["one"]),
          () => `Where a record lay, one expected to be absent had ${conflicts.length} conflicts.`,
        );
        const after = await readAll(namespace, ["first", "second"]);
        check(after === before, () => `A conflict changed the record from ${before} to ${after}`);
      }
      await namespace.delete({ ids: ["one"], scope: everything });
      check((await write(other, "third")).length === 0, () => "A deleted record was not taken for absent.");
    },
  },
  {
    id: "versions-guard-writes",
    claim: "A write that expects a version replaces that version, and conflicts once anybody has written.",
    level: "core",
    layer: "store",
    async run({ check, ...context }) {
      const { key, namespaces } = await twoHandles(context);
      const [namespace, other] = namespaces;
      const attempt = async (via: Namespace, version: string, text: string) =>
        (await via.upsert({ records: [expecting({ version }, recordOf(key, text, { id: "one" }))] })).length;
      await namespace.upsert({ records: [recordOf(key, "first", { id: "one" })] });
      for (const via of [namespace, other]) {
        const { version: read } = await readOne(via, "one");
        check((await attempt(via, read, "guarded")) === 0, () => "The version that was read conflicts.");
        const taken = await readAll(namespace, ["guarded"]);
        for (const again of [namespace, other])
          check((await attempt(again, read, "late")) === 1, () => "A version that was replaced is accepted.");
        check(
          (await readAll(namespace, ["guarded"])) === taken,
          () => "A write that conflicted has changed the record.",
        );
        const { version: stale } = await readOne(via, "one");
        await other.upsert({ records: [recordOf(key, "unconditional", { id: "one" })] });
        check(
          (await attempt(via, stale, "late")) === 1,
          () => "After a write without a condition, the version from before is accepted.",
        );
        check(
          textOf(await readOne(namespace, "one")) === "unconditional",
          () => "A write without a condition was overwritten by a conflict.",
        );
      }
    },
  },
  {
    id: "conflicts-are-answered-one-by-one",
    claim: "Of many records that are written at once, exactly those that conflict are answered and left out.",
    level: "core",
    layer: "store",
    async run({ store, check }) {
      for (const size of [7, 60, 1000]) {
        const { key, namespace } = await openOrganization(store, `acme-${size}`);
        const names = Array.from({ length: size }, (_, index) => `n${index}`);
        // One in five is new, the others are there. Of those, one in four is older than what lies there.
        await namespace.upsert({
          records: names
            .filter((_, index) => index % 5 !== 0)
            .map((id) => recordOf(key, `old ${id}`, { id })),
        });
        const versions = new Map(
          (await listAll(namespace, everything)).map(({ id, version }) => [id, version]),
        );
        await namespace.upsert({
          records: names
            .filter((_, index) => index % 5 === 4)
            .map((id) => recordOf(key, `late ${id}`, { id })),
        });
        const records = names.map((id, index) => {
          const record = recordOf(key, `new ${id}`, { id });
          if (index % 5 < 2) return expecting("absent", record);
          return index % 5 === 2 ? record : expecting({ version: versions.get(id) ?? "" }, record);
        });
        const conflicts = await namespace.upsert({ records });
        const expected = names.filter((_, index) => [1, 4].includes(index % 5));
        check(
          same(idsOf(conflicts), expected),
          () => `Of ${size} records, ${expected.length} conflict, and ${conflicts.length} were answered.`,
        );
        const texts = names.map((id, index) => `${["new", "old", "new", "new", "late"][index % 5]} ${id}`);
        const stored = textsOf(await listAll(namespace, everything));
        check(
          same(stored, texts.toSorted()),
          () => `Of ${size} records, ${stored.filter((text) => !texts.includes(text)).length} are wrong.`,
        );
      }
      await checkLeading(store, check);
    },
  },
  {
    id: "conditions-look-at-ones-own-record",
    claim:
      "What a write expects is compared with the record at its own placement, whatever others have under its id.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      const owners = [
        ["", "", ""],
        ["alice", "", ""],
        ["bob", "", ""],
        ["alice", "bot", ""],
        ["", "alice", ""],
        ["", "", "alice"],
      ].map(([user = "", agent, run]) => placementAt(user, agent, run));
      const one = (scopeKey: StoredRecord["scopeKey"], text: string) =>
        recordOf(key, `${text} ${nameOf(scopeKey)}`, { id: "one", scopeKey });
      for (const [index, scopeKey] of owners.entries()) {
        // Versions of others, none of which this placement has ever had.
        for (const { version } of await listAll(namespace, everything)) {
          const conflicts = await namespace.upsert({
            records: [expecting({ version }, one(scopeKey, "stolen"))],
          });
          check(
            conflicts.length === 1,
            () => `${nameOf(scopeKey)} wrote over nothing with the version of somebody else's record.`,
          );
        }
        const conflicts = await namespace.upsert({ records: [expecting("absent", one(scopeKey, "own"))] });
        check(
          conflicts.length === 0,
          () => `${nameOf(scopeKey)} was told of a record of its id, which belongs to somebody else.`,
        );
        const count = await namespace.count({ scope: everything });
        check(
          count === index + 1,
          () => `${index + 1} records of one id were written, and ${count} are there.`,
          false,
        );
      }
      for (const scopeKey of owners) {
        const own = visibleFrom(scopeKey, "own");
        const { version } = await readOne(namespace, "one", own);
        const others = async () =>
          versionsOf(await listAll(namespace, everything)).filter((one) => !one.startsWith(nameOf(scopeKey)));
        const before = await others();
        const conflicts = await namespace.upsert({
          records: [expecting({ version }, one(scopeKey, "again"))],
        });
        check(
          conflicts.length === 0,
          () => `${nameOf(scopeKey)} has a conflict with its own version.`,
          false,
        );
        check(
          same(await others(), before),
          () => `A write of ${nameOf(scopeKey)} has changed the versions of others.`,
          false,
        );
      }
    },
  },
  {
    id: "what-was-deleted-is-not-written-back",
    claim:
      "A write that expects a version brings no deleted record back, and replaces none that was made since.",
    level: "isolation",
    layer: "store",
    async run({ check, ...context }) {
      const { key, namespaces } = await twoHandles(context);
      const [namespace, other] = namespaces;
      const ways: Record<string, (read: StoredRecord) => Promise<number>> = {
        "by id": ({ id }) => other.delete({ ids: [id], scope: everything }),
        "by version": (read) => other.delete({ versions: [read], scope: everything }),
        "with its reach": () => other.delete({ scope: everything }),
      };
      for (const [way, erase] of Object.entries(ways)) {
        await namespace.upsert({ records: [recordOf(key, "forgotten", { id: "one" })] });
        const read = await readOne(namespace, "one");
        await erase(read);
        const late = expecting({ version: read.version }, recordOf(key, "forgotten", { id: "one" }));
        for (const via of [namespace, other]) {
          const conflicts = await via.upsert({ records: [late] });
          check(
            conflicts.length === 1,
            () => `Deleted ${way}, a record was written by its old version.`,
            false,
          );
          const found = await readAll(namespace, ["forgotten"]);
          check(!found.includes("forgotten"), () => `Deleted ${way}, a record came back: ${found}`, false);
        }
        await other.upsert({ records: [expecting("absent", recordOf(key, "new", { id: "one" }))] });
        const conflicts = await namespace.upsert({ records: [late] });
        check(
          conflicts.length === 1 && textOf(await readOne(namespace, "one")) === "new",
          () => `Deleted ${way} and made anew, a record was replaced by what expected the old one.`,
          false,
        );
      }
    },
  },
];

/** What every way of reading sees, as one text. */
async function readAll(namespace: Namespace, words: readonly string[]): Promise<string> {
  const seen: unknown[] = [await namespace.count({ scope: everything })];
  for (const read of Object.values(readsOf(namespace, everything, words))) seen.push(await read());
  return surfaceText(seen);
}

/** Where a namespace orders its writes, none follows a record that leads and conflicts; others do not wait for each other. */
async function checkLeading(store: VectorStore, check: Check): Promise<void> {
  const { key, namespace } = await openOrganization(store, "acme-leading");
  if (!namespace.ordersWrites) return;
  await namespace.upsert({ records: [recordOf(key, "there", { id: "there" })] });
  const taken = (turn: number) => expecting("absent", recordOf(key, `late ${turn}`, { id: "there" }));
  const free = (id: string) => expecting("absent", recordOf(key, id, { id }));
  const writes = [
    { leading: 1, records: [taken(1), free("a1"), free("a2")], conflicts: ["there", "a1", "a2"] },
    { leading: 2, records: [taken(2), free("b1"), free("b2")], conflicts: ["there", "b2"] },
    { leading: 1, records: [free("c1"), taken(3), free("c2")], conflicts: ["there"] },
  ];
  for (const { leading, records, conflicts } of writes) {
    const seen = idsOf(await namespace.upsert({ records, leading }));
    check(
      same(seen, conflicts),
      () =>
        `Of ${idsOf(records).join(", ")}, of which ${leading} led, ${seen.join(", ") || "none"} conflicted instead of ${conflicts.join(", ")}.`,
    );
  }
  const stored = textsOf(await listAll(namespace, everything));
  check(
    same(stored, ["b1", "c1", "c2", "there"]),
    () => `After writes in which others led, there are ${stored.join(", ")}.`,
  );
}

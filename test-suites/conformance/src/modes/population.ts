import { type Fields, type NamespaceKey, noExpiry, type ScopeKey, type VectorRecord } from "@loci/core/store";
import { dimensions, placementAt } from "../fixtures.ts";
import { scripts } from "./scripts.ts";

/** The moment at which records begin, end and expire, one millisecond before it and one after it. */
export const moment = 1_700_000_000_000;

/** Where those read and write whose reads are compared. */
const members: readonly ScopeKey[] = [
  placementAt(""),
  placementAt("alice"),
  placementAt("alice", "bot"),
  placementAt("alice", "bot", "run"),
  placementAt("", "bot"),
  placementAt("", "", "run"),
  placementAt("malice"),
];

/** Beside every member, at the level of users, of agents and of runs: two thirds of all, and nearer to what is asked. */
const crowds: readonly ScopeKey[] = [
  placementAt("bob"),
  placementAt("alice", "crowd"),
  placementAt("alice", "bot", "crowd"),
];

/** The direction that queries go, in which the crowds lie. */
export const towards: Float32Array = unit(
  Array.from({ length: dimensions }, (_, index) => (index % 2 ? -1 : 1)),
);

/**
 * The records of a namespace, in which everything that a reader may be mistaken about is there: ids that two owners share, crowds
 * nearer than what is asked for, records that are closed, expired, from the future and from before 1970, every script, and
 * records without a vector. Each names its writer.
 */
export function populationOf(key: NamespaceKey, size: number, random: () => number): readonly VectorRecord[] {
  // Records that share an id have words of one script, so that a search for them finds both.
  const distinct = Math.floor((size * 0.8) / scripts.length) * scripts.length;
  const owners: ScopeKey[] = [];
  return Array.from({ length: size }, (_, index) => {
    const scopeKey = ownerOf(index, owners[index - distinct], random);
    owners.push(scopeKey);
    return recordAt(key, index, { id: `memory ${index % distinct}`, scopeKey }, random);
  });
}

/** Another record under the id of one: other fields, words and times, and a vector where there was none. */
export function rewritten(record: VectorRecord, index: number, random: () => number): VectorRecord {
  const { expected: _, ...rest } = recordAt(record.namespace, index, record, random);
  if (!record.vector) return { ...rest, vector: vectorAt(0.5, random) };
  const { vector, ...without } = rest;
  return random() < 0.5 ? without : { ...rest, ...(vector ? { vector } : {}) };
}

function ownerOf(index: number, other: ScopeKey | undefined, random: () => number): ScopeKey {
  const owners = index % 3 === 0 ? members : crowds;
  const drawn = Math.floor(random() * owners.length);
  const owner = owners[drawn] as ScopeKey;
  // Of two records with one id, each has another owner.
  return owner === other ? (owners[(drawn + 1) % owners.length] as ScopeKey) : owner;
}

function recordAt(
  key: NamespaceKey,
  index: number,
  { id, scopeKey }: Pick<VectorRecord, "id" | "scopeKey">,
  random: () => number,
): VectorRecord {
  const isCrowd = crowds.includes(scopeKey);
  const isRare = !isCrowd && random() < 0.15;
  const script = scripts[index % scripts.length]?.terms ?? [];
  const word = script[Math.floor(random() * script.length)] as string;
  const owner = [scopeKey.user, scopeKey.agent, scopeKey.run].filter(Boolean).join("/") || "all";
  const cosine = isCrowd ? 0.9 + 0.1 * random() : isRare ? -0.6 - 0.4 * random() : 1.8 * random() - 1;
  return {
    id,
    namespace: key,
    scopeKey,
    fields: {
      ...fieldsAt(index, word, random),
      owner,
      ...(isRare ? { rare: true } : {}),
      ...timesAt(index, random),
    },
    keywords: {
      own: isCrowd ? ["common", word, word] : ["common", "among", "many", "other", "things", word],
      before: random() < 0.2 ? [`before${index % 2}`] : [],
      after: random() < 0.2 ? [`after${index % 2}`] : [],
    },
    payload: JSON.stringify({ text: `${word} of ${owner}, number ${index}` }),
    ...(random() < 0.03 ? {} : { vector: vectorAt(cosine, random) }),
  };
}

const kinds: readonly (Fields[string] | undefined)[] = [
  "x",
  "5",
  5,
  7.5,
  true,
  ["x", "y"],
  ["5", 5],
  undefined,
];

function fieldsAt(index: number, word: string, random: () => number): Record<string, Fields[string]> {
  const kind = kinds[Math.floor(random() * kinds.length)];
  return {
    ...(kind === undefined ? {} : { kind }),
    tag: `tag ${index % 1200}`,
    "a.b": index % 2 ? "x" : "y",
    word,
    ...(index % 4 === 0 ? {} : { number: (index % 41) - 20.5 }),
  };
}

const ends = [moment - 1, moment, moment + 1, -1, noExpiry, noExpiry, noExpiry, noExpiry];
const beginnings = [0, 0, moment - 1, moment, moment + 1, -500_000_000_000, moment + 1e11];

function timesAt(
  index: number,
  random: () => number,
): Pick<Fields, "$createdAt" | "$validFrom" | "$validTo" | "$expiresAt"> {
  const one = (times: readonly number[]) => times[Math.floor(random() * times.length)] as number;
  // Most are of moments of their own, some three of one moment, and some of before 1970 and of the future.
  const $createdAt =
    random() < 0.2 ? one(beginnings) : moment + (index % 2 ? 1000 * index : 3000 * Math.floor(index / 6));
  return { $createdAt, $validFrom: one(beginnings), $validTo: one(ends), $expiresAt: one(ends) };
}

/** A vector with this cosine to the direction of queries. */
function vectorAt(cosine: number, random: () => number): Float32Array {
  const noise = Array.from({ length: dimensions }, () => random() - 0.5);
  const along = noise.reduce((sum, value, index) => sum + value * (towards[index] ?? 0), 0);
  const aside = unit(noise.map((value, index) => value - along * (towards[index] ?? 0)));
  return unit(
    [...aside].map((value, index) => Math.sqrt(1 - cosine * cosine) * value + cosine * (towards[index] ?? 0)),
  );
}

function unit(values: readonly number[]): Float32Array {
  const length = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / length);
}

import type { NamespaceKey, VectorRecord } from "@loci/core/store";

/**
 * Inserts or replaces records, given as the JSON list of `toRows`, where what is stored is what they expect, and answers the numbers
 * of those that were written. A record keeps its place in the order. One that expects a version is only ever updated: where it was
 * deleted meanwhile, nothing is inserted.
 */
export function writeSql(
  key: NamespaceKey,
  vectors: boolean,
  records: readonly VectorRecord[],
  given: string,
): string {
  const table = `${key}.records`;
  const names = "namespace, created_at, valid_from, valid_to, expires_at, length, fields, payload, words";
  const replaced = vectors ? `${names}, vector` : names;
  const columns = `${inOrder("g")}, ${columnsOf("g", replaced)}`;
  const assigned = (from: string) =>
    [...replaced.split(", ").map((name) => `${name} = ${from}.${name}`), `version = ${newVersion}`].join(
      ", ",
    );
  // Numbered in the order in which they were given, which listings follow, and then inserted in the order of locks.
  const insert = (expected: string, otherwise: string) => `
    insert into ${table} (seq, ${identity.join(", ")}, ${replaced}, version) overriding system value
    select g.number, ${columns}, ${newVersion} from (
      select *, nextval('${key}.records_seq_seq') as number
      from (select * from given where version ${expected} order by seq) given
    ) g order by ${inOrder("g")}
    on conflict (${identity.join(", ")}) do ${otherwise} returning ${identity.join(", ")}`;
  const written = (kind: string) =>
    `select g.seq from ${kind}_written w join given g on ${sameRecord("w", "g")}`;
  // Updates come first: whoever inserts is waited for by others, and waits for no update any more.
  const steps = {
    version: {
      sql: `locked as materialized (
        select g.seq from ${table} r join given g on ${sameRecord("r", "g")}
        where g.version = r.version order by ${inOrder("r")} for update of r
      ), updated as (
        update ${table} r set ${assigned("g")} from given g
        where ${sameRecord("r", "g")} and g.version = r.version and g.seq in (select seq from locked)
        returning g.seq)`,
      answer: "select seq from updated",
    },
    absent: { sql: `absent_written as (${insert("= ''", "nothing")})`, answer: written("absent") },
    any: {
      sql: `any_written as (${insert("is null", `update set ${assigned("excluded")}`)})`,
      answer: written("any"),
    },
  };
  const kinds = new Set(records.map(kindOf));
  const needed = (["version", "absent", "any"] as const).filter((kind) => kinds.has(kind));
  return `with given as materialized (select * from json_populate_recordset(null::${table}, ${given})),
    ${needed.map((kind) => steps[kind].sql).join(", ")}
    ${needed.map((kind) => steps[kind].answer).join(" union all ")}`;
}

/** Deletes the records `r` that match a condition. */
export function deleteSql(key: NamespaceKey, condition: string): string {
  return deleteLocked(key, `${key}.records r where ${condition}`);
}

/** Deletes records, given as the JSON list of `toVersions`, that are still at their version. */
export function deleteVersionsSql(key: NamespaceKey, given: string): string {
  return deleteLocked(
    key,
    `${key}.records r join json_populate_recordset(null::${key}.records, ${given}) g
     on ${sameRecord("r", "g")} where g.version = r.version`,
  );
}

/** Every statement locks its rows in one order, so that no two wait for each other. */
function deleteLocked(key: NamespaceKey, found: string): string {
  return `with doomed as materialized (select ${inOrder("r")} from ${found} order by ${inOrder("r")} for update of r)
    delete from ${key}.records r using doomed d where ${sameRecord("r", "d")}`;
}

function kindOf({ expected }: VectorRecord): "any" | "absent" | "version" {
  if (expected === undefined) return "any";
  return expected === "absent" ? "absent" : "version";
}

const identity = ["id", '"user"', "agent", "run"];
/** Random, so that no record has one twice. */
const newVersion = "gen_random_uuid()::text";

function inOrder(table: string): string {
  return columnsOf(table, identity.join(", "));
}

function columnsOf(table: string, names: string): string {
  return names
    .split(", ")
    .map((name) => `${table}.${name}`)
    .join(", ");
}

/**
 * Compares the ids first, by the primary key, and the levels as no index does. As long as nothing was analyzed, PostgreSQL would
 * take the index of the levels, under which an organization's records all lie in one place.
 */
function sameRecord(a: string, b: string): string {
  const levels = (table: string) => `(${columnsOf(table, identity.slice(1).join(", "))})`;
  return `${a}.id = ${b}.id and ${levels(a)} is not distinct from ${levels(b)}`;
}

import type { DatabaseSync } from "node:sqlite";
import { DatabaseFileError } from "./database-file-error.ts";

/** Fills a new, empty file. The write-ahead log lets others read while one process writes; the file remembers it. */
export function createSchema(database: DatabaseSync): void {
  database.exec(`pragma journal_mode = wal; pragma application_id = ${applicationId}`);
  migrate(database);
}

/**
 * Checks that a file is ours and of a version that this code knows, and brings an older one up to date.
 * @throws DatabaseFileError, leaving the file as it is
 */
export function checkSchema(database: DatabaseSync, path: string): void {
  if (pragma(database, "application_id") !== applicationId) {
    throw new DatabaseFileError(
      `${path} is a SQLite database, but not one of Loci. It was left as it is: move it away, or use another folder.`,
      { path, problem: "foreign" },
    );
  }
  const version = pragma(database, "user_version");
  if (version > newest) {
    throw new DatabaseFileError(
      `${path} was written by a newer version of @loci/sqlite (schema ${version}, this one knows ${newest}). It was left as it is: update the package.`,
      { path, problem: "newer" },
    );
  }
  if (version < oldest) {
    throw new DatabaseFileError(
      `${path} was written before the first release of @loci/sqlite (schema ${version}). It was left as it is: move it away, and begin anew.`,
      { path, problem: "foreign" },
    );
  }
  if (version < newest) migrate(database);
}

/** "Loci" in ASCII, in SQLite's header field that tells applications' files apart. */
const applicationId = 0x4c_6f_63_69;

// Every printable ASCII character belongs to a term: core has parted the text already, only spaces part terms here.
const termCharacters = "!\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~";

/** The version of a file after the first migration. Files of version 1 kept no versions of records, and were never released. */
const oldest = 2;

/**
 * Each entry brings a file from one version to the next, the first one an empty file to the oldest. Entries are only ever added.
 * `signs` is narrow on purpose: it is what a vector search scans, one bit for each dimension.
 */
const migrations: readonly string[] = [
  `
  create table manifest (
    only integer primary key check (only = 1), content text not null, dropped integer not null default 0
  ) strict;
  create table scopes (
    scope integer primary key, user text not null, agent text not null, run text not null,
    unique (user, agent, run)
  ) strict;
  create table records (
    row integer primary key, id text not null, scope integer not null, namespace text not null,
    created_at real not null, valid_from real not null, valid_to real not null, expires_at real not null,
    fields text not null, payload text not null, version integer not null,
    unique (id, scope)
  ) strict;
  create index records_by_age on records (created_at, row);
  create table vectors (row integer primary key, vector blob not null) strict;
  create table signs (
    row integer primary key, scope integer not null, valid_to real not null, expires_at real not null,
    bits blob not null
  ) strict;
  create table calibration (
    only integer primary key check (only = 1), rows integer not null, candidates integer
  ) strict;
  create virtual table words using fts5 (
    own, "before", "after",
    tokenize = "ascii tokenchars '${termCharacters.replaceAll('"', '""')}'"
  );
  insert into words (words, rank) values ('secure-delete', 1);
  create virtual table vocabulary using fts5vocab (words, 'row');
  `,
  // Placeholders, which core looks for at each deletion. Memories have none, and cost nothing here.
  "create index placeholders on records (created_at, row) where expires_at <= 0;",
];

const newest = oldest + migrations.length - 1;

function migrate(database: DatabaseSync): void {
  database.exec("begin immediate");
  try {
    // Read now, since another process may have been faster.
    const version = pragma(database, "user_version");
    for (const migration of migrations.slice(version && version - oldest + 1)) database.exec(migration);
    database.exec(`pragma user_version = ${newest}; commit`);
  } catch (error) {
    if (database.isTransaction) database.exec("rollback");
    throw error;
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name] ?? 0);
}

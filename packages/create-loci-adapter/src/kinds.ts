/** The kinds of backends that there is a template for. */
export type Kind = "sql" | "http" | "embedded";

/** What a template is. */
export interface KindOfBackend {
  /** What it is for, in the words of the question. */
  readonly about: string;
  /** What the verdict's line says of the toy. */
  readonly notLookedAt?: string;
}

export const kinds: Readonly<Record<Kind, KindOfBackend>> = {
  sql: {
    about: "a database that is asked in SQL; the toy is SQLite",
  },
  http: {
    about: "a server that is asked by HTTP and JSON; the toy is a little server",
  },
  embedded: {
    about: "files or a library in this process; the toy is JSON files",
    notLookedAt: "the requests",
  },
};

import type { NamespaceKey, StoreFailure } from "@loci/core/store";

/** What an error of the driver means, what happened, and what to do. */
export function classify(error: unknown, key: NamespaceKey): StoreFailure | undefined {
  const { name, code = "", message, errors = [] } = (error ?? {}) as Partial<DriverError>;
  if (typeof message !== "string" || name === "TypeError") return undefined;
  // Of a host with several addresses the message is empty, and each address has an error of its own.
  const said = message || errors.map((each) => each.message).join("; ");
  if (/^(3F000|42P01|22023)$/.test(code) && said.includes(key)) return { kind: "missing" };
  const known = failures.find(([pattern]) => pattern.test(`${code} ${said}`));
  const [, kind = "failed", what = "failed", advice = ""] = known ?? [];
  return { kind, message: `PostgreSQL ${what}: ${said}. ${advice}`.trimEnd() };
}

interface DriverError extends Error {
  /** PostgreSQL's SQLSTATE (appendix A), or the code of one of Node's sockets. */
  readonly code: string;
  readonly errors: readonly Error[];
}

const inString = "in the connection string";
const grant = "As an administrator, run: GRANT CONNECT ON DATABASE ... TO ...;";
const lacksVector = /extension "vector"|type "vector" does not exist|could not open extension control file/;
const installVector =
  "Install it (on Debian postgresql-18-pgvector for PostgreSQL 18), then run, as a role that may: CREATE EXTENSION vector;";

/** By code and message. The first that matches counts. */
const failures: readonly (readonly [RegExp, StoreFailure["kind"], what?: string, advice?: string])[] = [
  // A schema, a role or an extension that another transaction created first.
  [/^(42P06|42710|23505)/, "exists"],
  [/^(53100|53200|ENOSPC)/, "full", "has no room left", "Nothing of this call was kept."],
  [lacksVector, "unsupported", "lacks the extension pgvector, which vectors need", installVector],
  [/^28P01|client password must/, "failed", "refuses the password", `Correct user and password ${inString}.`],
  [/^28000/, "failed", "refuses the login", `Correct the user ${inString}, or set the option ssl.`],
  [/^3D000/, "failed", "has no such database", `Create it, or correct its name ${inString}.`],
  [/^42501.* database/, "failed", `refuses the user ${inString}`, grant],
  // In the moment in which a role goes, a session may know it still and its membership no more.
  [/permission denied to set role/, "unavailable"],
  [/^ENOTFOUND/, "unavailable", "does not answer", `Correct the host ${inString}.`],
  [
    /^ECONNREFUSED/,
    "unavailable",
    "does not answer",
    `Start it there, or correct host and port ${inString}.`,
  ],
  [/^E(CONN|PIPE|TIMEDOUT|HOSTUNREACH|AI_AGAIN)/, "unavailable", "does not answer"],
  // Broken connections, overload, shutdown, waiting too long, collisions of transactions.
  [/^(08|53|57|40|55P03|XX000)/, "unavailable"],
  [/^ .*(timeout|Connection terminated|encountered a connection error|not queryable)/i, "unavailable"],
  [/^ (Cannot use a pool after|PGlite is clos)/, "closed", "was closed", "Close it after the memory."],
  [/^ERR_MODULE_NOT_FOUND/, "unsupported", "needs its driver", "Run: npm install pg"],
];

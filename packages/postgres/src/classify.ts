import type { NamespaceKey, StoreFailure } from "@loci/core/store";

/** What an error of the driver means, by its code: PostgreSQL's SQLSTATE (appendix A), or that of Node's sockets. */
export function classify(error: unknown, key: NamespaceKey): StoreFailure | undefined {
  const { name, code = "", message } = (error ?? {}) as Partial<Record<"name" | "code" | "message", string>>;
  if (typeof message !== "string" || name === "TypeError") return undefined;
  if (missing.includes(code) && message.includes(key)) return { kind: "missing" };
  if (exists.includes(code)) return { kind: "exists" };
  if (full.includes(code))
    return { kind: "full", message: "PostgreSQL has no room left. Nothing of this call was kept." };
  if (/extension "vector"|type "vector" does not exist|could not open extension control file/.test(message)) {
    return {
      kind: "unsupported",
      message:
        "PostgreSQL lacks the extension pgvector, which vectors need. Install it (postgresql-18-pgvector for PostgreSQL 18 on Debian), then run, as a role that may: CREATE EXTENSION vector;",
    };
  }
  if (refused.includes(code)) {
    return {
      kind: unsettled.test(message) ? "unavailable" : "failed",
      message: `PostgreSQL refuses: ${message}. Check the connection string, and that its role may create schemas and roles.`,
    };
  }
  if (network.includes(code))
    return { kind: "unavailable", message: `PostgreSQL does not answer: ${message}` };
  const passes = passing.test(code) || (code === "" && silent.test(message));
  return { kind: passes ? "unavailable" : "failed", message: `PostgreSQL failed: ${message}` };
}

/** A schema, a role or an extension that another transaction created first. */
const exists = ["42P06", "42710", "23505"];
const missing = ["3F000", "42P01", "22023"];
const refused = ["28000", "28P01", "42501", "3D000"];
const full = ["53100", "53200", "ENOSPC"];
/** Classes that pass: broken connections, overload, shutdown, waiting too long, collisions of transactions. */
const passing = /^(08|53|57|40|55P03|XX000)/;
const network = [
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
];
/** In the moment in which a role comes or goes, a session may know it already and its membership not yet, or the other way. */
const unsettled = /permission denied to set role/;
const silent = /timeout|Connection terminated|Client has encountered a connection error|not queryable/i;

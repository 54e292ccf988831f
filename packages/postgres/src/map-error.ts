import { LociError, StorageFullError, StoreError, UnsupportedError } from "@loci/core";
import { NamespaceNotFoundError } from "@loci/core/store";

// SQLSTATE codes (PostgreSQL, appendix A) and those of Node's sockets.
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

/** Names what the driver throws in Loci's own errors. */
export function mapError(error: unknown, namespace: string): unknown {
  if (LociError.isInstance(error) || error instanceof TypeError || !(error instanceof Error)) return error;
  const { code = "", message } = error as Error & { code?: string };
  const cause = error;
  if (missing.includes(code) && message.includes(namespace)) {
    return new NamespaceNotFoundError(
      `There is no namespace ${namespace} in PostgreSQL.`,
      { namespace },
      { cause },
    );
  }
  if (full.includes(code)) {
    return new StorageFullError("PostgreSQL has no room left. Nothing of this call was kept.", {
      cause,
      retryable: true,
    });
  }
  if (/extension "vector"|type "vector" does not exist|could not open extension control file/.test(message)) {
    return new UnsupportedError(
      "PostgreSQL lacks the extension pgvector, which vectors need. Install it (postgresql-18-pgvector for PostgreSQL 18 on Debian), then run, as a role that may: CREATE EXTENSION vector;",
      { cause },
    );
  }
  if (refused.includes(code)) {
    return new StoreError(
      `PostgreSQL refuses: ${message}. Check the connection string, and that its role may create schemas and roles.`,
      { store: "postgres" },
      { cause, retryable: unsettled.test(message) },
    );
  }
  const retryable = network.includes(code) || passing.test(code) || (code === "" && silent.test(message));
  const what = network.includes(code) ? "PostgreSQL does not answer" : "PostgreSQL failed";
  return new StoreError(`${what}: ${message}`, { store: "postgres" }, { cause, retryable });
}

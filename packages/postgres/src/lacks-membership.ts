/**
 * Whether a session was refused the role of a namespace. While roles are made and dropped at the same time, a session of PostgreSQL may keep
 * a list of its memberships that is already out of date, until the next change of one. Another connection has a list of its own.
 */
export function lacksMembership(error: unknown): boolean {
  const { message } = (error ?? {}) as { readonly message?: unknown };
  return typeof message === "string" && message.includes("permission denied to set role");
}

import { LociError } from "../errors/loci-error.ts";

/** The message of what was thrown, which may be anything: of another realm, no error at all, or a proxy that throws. */
export function messageOf(thrown: unknown): string {
  try {
    const { message } = Object(thrown) as { readonly message?: unknown };
    return typeof message === "string" && message !== "" ? message : String(thrown);
  } catch {
    return "what was thrown cannot be read";
  }
}

/** The name of what was thrown, such as "AbortError"; undefined where it has none. */
export function nameOf(thrown: unknown): string | undefined {
  try {
    const { name } = Object(thrown) as { readonly name?: unknown };
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The code of what was thrown: an error's of Loci, or else its class. */
export function codeOf(error: unknown): string {
  if (LociError.isInstance(error)) return error.code;
  // Shape and not class, for the errors of other realms. A name of the application's own may be anything: a class's alone is told.
  const name = nameOf(error);
  return name !== undefined && /^[A-Z][A-Za-z0-9]{0,63}$/.test(name) ? name : "unknown";
}

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

/** A name as a pattern with stars. */
export const glob: (pattern: string) => RegExp = (pattern: string) =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );

/** Whether a value would end a text in a query. */
export const isInjection = (value: unknown): value is string =>
  typeof value === "string" && /' or|" or/.test(value);

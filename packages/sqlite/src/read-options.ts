import { resolve } from "node:path";
import { InvalidInputError } from "@loci/core";

/**
 * Reads the options of `name`: a folder, and numbers from 1 on with their defaults.
 * @throws InvalidInputError for a missing folder, an unknown option and a wrong value
 */
export function readOptions<Name extends string>(
  name: string,
  options: object | undefined,
  defaults: Readonly<Record<Name, number>>,
): { readonly directory: string } & Readonly<Record<Name, number>> {
  const { directory, ...given } = { ...options } as Readonly<Record<string, unknown>>;
  if (directory === undefined) fail("directory", `is missing; call it: ${name}({ directory })`);
  const known = ["directory", ...Object.keys(defaults)];
  for (const option of Object.keys(given))
    if (!known.includes(option)) fail(option, `is not an option of ${name}; there are ${known.join(", ")}`);
  if (typeof directory !== "string") fail("directory", "must be a string");
  if (directory === "") fail("directory", "must not be empty");
  const numbers = Object.entries<number>(defaults).map(([option, preset]) => {
    const { [option]: value = preset } = given;
    if (!Number.isInteger(value) || Number(value) < 1) fail(option, "must be a whole number from 1 on");
    return [option, value];
  });
  return { directory: resolve(directory), ...(Object.fromEntries(numbers) as Record<Name, number>) };
}

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}

import { resolve } from "node:path";
import { InvalidInputError } from "@loci/core";

/**
 * Reads the options of `name`: a folder, numbers from 1 on with their defaults, and texts that may be left out.
 * @throws InvalidInputError for a missing folder, an unknown option and a wrong value
 */
export function readOptions<Num extends string = never, Text extends string = never>(
  name: string,
  options: object | undefined,
  {
    numbers,
    texts = [],
  }: { readonly numbers?: Readonly<Record<Num, number>>; readonly texts?: readonly Text[] },
): { readonly directory: string } & Readonly<Record<Num, number>> &
  Readonly<Record<Text, string | undefined>> {
  const { directory, ...given } = { ...options } as Readonly<Record<string, unknown>>;
  if (directory === undefined) fail("directory", `is missing; call it: ${name}({ directory })`);
  const known = ["directory", ...Object.keys(numbers ?? {}), ...texts];
  for (const option of Object.keys(given))
    if (!known.includes(option)) fail(option, `is not an option of ${name}; there are ${known.join(", ")}`);
  const text = (option: string, value: unknown): string => {
    if (typeof value !== "string") fail(option, "must be a string");
    if (value === "") fail(option, "must not be empty");
    return value;
  };
  const read: Record<string, unknown> = { directory: resolve(text("directory", directory)) };
  for (const [option, preset] of Object.entries(numbers ?? {})) {
    const { [option]: value = preset } = given;
    if (!Number.isInteger(value) || Number(value) < 1) fail(option, "must be a whole number from 1 on");
    read[option] = value;
  }
  for (const option of texts) if (given[option] !== undefined) read[option] = text(option, given[option]);
  return read as ReturnType<typeof readOptions<Num, Text>>;
}

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}

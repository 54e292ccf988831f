import { InvalidDumpError } from "../errors/invalid-dump-error.ts";

/** The error for one line of a dump, or with line 0 for the whole dump. `problem` follows its subject: "is empty". */
export function invalidDump(line: number, problem: string, cause?: unknown): InvalidDumpError {
  const what = line === 0 ? "The dump" : `Line ${line} of the dump`;
  return new InvalidDumpError(`${what} ${problem}.`, { line }, cause === undefined ? {} : { cause });
}

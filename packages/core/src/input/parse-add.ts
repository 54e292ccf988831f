import { readUntrusted } from "../util/read-untrusted.ts";
import { type AddOptions, addOptions, type ParsedAddOptions } from "./add-options.ts";
import { fail } from "./fail.ts";
import { type ParsedMessage, parseMessages } from "./messages.ts";
import { parseOptions } from "./option-table.ts";

/** What `add` was called with, checked. */
export interface ParsedAdd {
  readonly messages: readonly ParsedMessage[];
  readonly options: ParsedAddOptions;
}

/**
 * @param timeZone of the days that are named, where the options give none
 * @throws InvalidInputError, InvalidMetadataError; InvalidScopeError for a key of a scope among the options
 */
export function parseAdd(input: unknown, given: AddOptions, timeZone: string): ParsedAdd {
  const options = parseOptions(given, addOptions, timeZone);
  const messages = readUntrusted("messages", () =>
    parseMessages(input, options.timeZone ?? timeZone, options.roles),
  );
  const { timestamp, source, supersedes, infer, background, key } = options;
  if (supersedes !== undefined && messages.length > 1)
    fail("supersedes", "takes one text that replaces the memory, not several messages");
  if (supersedes !== undefined && infer)
    fail("infer", "is given beside supersedes, which is for a text that is stored as it is: leave infer out");
  if (background && (infer === false || supersedes !== undefined))
    fail(
      "background",
      "is for what a language model does, which this call asks for not: leave background out",
    );
  if (key !== undefined) assertKeepsOne(messages.length, options);
  return {
    messages: messages.map((message) => ({
      ...(timestamp === undefined ? {} : { timestamp }),
      ...(source === undefined ? {} : { source }),
      ...message,
    })),
    options,
  };
}

/** A key stands for one text that is stored as it is. */
function assertKeepsOne(messages: number, options: ParsedAddOptions): void {
  if (messages === 0)
    fail("key", "takes one text or message, and none is left: roles says whose messages are remembered");
  if (messages > 1) fail("key", `takes one text or message, not ${messages}: call add once for each key`);
  for (const name of ["infer", "background", "supersedes"] as const)
    if (options[name])
      fail(
        name,
        `is given beside key, under which a text is stored as it is, over the one before: leave ${name} out`,
      );
}

import assert from "node:assert/strict";
import { styleText } from "node:util";
import { LociError, type SearchResult } from "loci";
import { endWithReader } from "./closed-pipe.ts";

endWithReader();

/** The folder that the acts share, handed to each as its argument. */
export const directory: string = process.argv[2] ?? "";
assert(directory, "Run main.ts: it hands each act the folder of the database.");

let titles = 0;

/** Prints a title, in bold where the terminal has styles, after a blank line where something came before it. */
export function title(text: string): void {
  if (titles++ > 0) console.log();
  console.log(styleText("bold", text));
}

export function say(text: string): void {
  console.log(`  ${text}`);
}

/** Prints who asked, and what they were given, and asserts that it is exactly this. */
export function finds(
  who: string,
  found: readonly Pick<SearchResult, "text">[],
  expected: readonly string[],
): void {
  const texts = found.map(({ text }) => text);
  say(`${who} ${texts.length === 0 ? "finds nothing." : "finds"}`);
  for (const text of texts) say(`  - ${text}`);
  assert.deepEqual([...texts].sort(), [...expected].sort(), `what ${who} finds`);
}

/** Asserts that a call is refused with this code, and prints what it says. */
export async function isRefused(what: string, call: Promise<unknown>, code: string): Promise<void> {
  const error = await call.then(
    () => assert.fail(`${what} should have been refused`),
    (reason: unknown) => reason,
  );
  assert(
    LociError.isInstance(error) && error.code === code,
    `${what}: expected ${code}, got ${String(error)}`,
  );
  say(`${what} is refused: ${error.message}`);
}

import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { namesHint } from "../util/nearest-name.ts";

/**
 * Checks the options of a model adapter: their names, so that a misspelt address is not taken for none, and the values of those that
 * adapters share. An undefined option counts as absent.
 * @param names every option of the adapter
 * @param call how it is called, such as `openai(model, options)`
 * @throws InvalidInputError
 * @example
 * ```ts
 * assertOptions({ contextTokens: 4096 }, ["contextTokens", "temperature"], "mine(model, options)");
 * ```
 */
export function assertOptions(options: unknown, names: readonly string[], call: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new InvalidInputError(`options must be an object, as in ${call}.`, { path: "options" });
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) {
      const given = JSON.stringify(name);
      throw new InvalidInputError(`${call} has no option ${given}; ${namesHint(name, names)}.`, {
        path: name,
      });
    }
    const [isRight, what] = Object.hasOwn(checks, name) ? (checks[name] as Check) : [];
    if (value !== undefined && isRight?.(value) === false)
      throw new InvalidInputError(`${name} must be ${what}.`, { path: name });
  }
}

type Check = readonly [isRight: (value: unknown) => boolean, what: string];

const count: Check = [
  (value) => Number.isSafeInteger(value) && (value as number) >= 1,
  "a whole number of at least 1",
];
const text: Check = [
  (value) => typeof value === "string" && value.trim() !== "",
  "a string that is not empty",
];
const oneOf = (...words: readonly string[]): Check => [
  (value) => words.includes(value as string),
  words.map((word) => JSON.stringify(word)).join(" or "),
];

const checks: Readonly<Record<string, Check>> = {
  contextTokens: count,
  dimensions: count,
  maxCharacters: count,
  maxBatch: count,
  maxConcurrency: count,
  host: text,
  apiKey: text,
  baseURL: [
    (value) => typeof value === "string" && URL.canParse(value),
    'an address, such as "http://127.0.0.1:8080/v1"',
  ],
  temperature: [(value) => Number.isFinite(value), "a finite number"],
  longTexts: oneOf("split", "refuse"),
  accents: oneOf("probe", "keep", "strip"),
  onSplit: [(value) => typeof value === "function", "a function"],
};

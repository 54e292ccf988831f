import { describe } from "../util/describe.ts";
import { fail } from "./fail.ts";

/** @throws InvalidInputError for anything but true or false */
export function parseBoolean(value: unknown, path: string): boolean {
  return typeof value === "boolean" ? value : fail(path, `must be true or false, not ${describe(value)}`);
}

/** @throws InvalidInputError for anything but a string */
export function parseString(value: unknown, path: string): string {
  return typeof value === "string" ? value : fail(path, `must be a string, not ${describe(value)}`);
}

/** @throws InvalidInputError for anything but 1 to 256 characters of text */
export function parseLabel(value: unknown, path: string): string {
  return typeof value === "string" && /^[^\p{Cc}]{1,256}$/u.test(value) && value.isWellFormed()
    ? value
    : fail(path, "must be a string of 1 to 256 characters");
}

/** @throws InvalidInputError for anything but a finite number */
export function parseNumber(value: unknown, path: string): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fail(path, "must be a finite number");
}

/** @throws InvalidInputError for anything but a function */
export function parseFunction<F>(value: unknown, path: string): F {
  return typeof value === "function"
    ? (value as F)
    : fail(path, `must be a function, not ${describe(value)}`);
}

/** A parser for whole numbers from 1 on. */
export function wholeNumber(most: number): (value: unknown, path: string) => number {
  return (value, path) =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most
      ? value
      : fail(path, `must be a whole number from 1 to ${most}`);
}

/** A parser for one of several words. */
export function oneOf<const Word extends string>(
  ...words: readonly [Word, ...Word[]]
): (value: unknown, path: string) => Word {
  const all = words.map((word) => JSON.stringify(word));
  const list = [all.slice(0, -1).join(", "), all.at(-1)].filter((part) => part !== "").join(" or ");
  return (value, path) => (words.includes(value as Word) ? (value as Word) : fail(path, `must be ${list}`));
}

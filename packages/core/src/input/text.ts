import { describe } from "../util/describe.ts";
import { readUntrusted } from "../util/read-untrusted.ts";
import { fail } from "./fail.ts";

/** The most UTF-8 bytes that one memory's text, or a query, may have. */
const maxTextBytes = 65_536;
const maxIdBytes = 256;
const encoder = new TextEncoder();

/** @throws InvalidInputError when the text is empty, blank, ill-formed or longer than 64 KiB. */
export function parseText(value: unknown, path: string): string {
  if (typeof value !== "string") fail(path, `must be a string, not ${describe(value)}`);
  if (value.trim() === "") fail(path, "is empty");
  if (!value.isWellFormed()) fail(path, "has a lone surrogate, which no encoding can keep");
  if (value.length > maxTextBytes / 3 && encoder.encode(value).length > maxTextBytes) {
    fail(path, `is longer than ${maxTextBytes} UTF-8 bytes; split it`);
  }
  return value;
}

/** @throws InvalidInputError when the id is no well-formed string of 1 to 256 UTF-8 bytes. */
export function parseId(value: unknown, path = "id"): string {
  if (typeof value !== "string") {
    if (describe(value) === "an array")
      fail(path, "must be one id: several are for getMany, updateMany and deleteMany of memory.scope()");
    fail(path, `must be a string, not ${describe(value)}`);
  }
  if (value === "") fail(path, "is empty");
  if (!value.isWellFormed() || /\p{Cc}/u.test(value))
    fail(path, "has a lone surrogate or a control character");
  if (value.length > maxIdBytes / 3 && encoder.encode(value).length > maxIdBytes)
    fail(path, `is longer than ${maxIdBytes} UTF-8 bytes`);
  return value;
}

/** @throws InvalidInputError when it is no list of 1 to 1,000 ids. */
export function parseIds(value: unknown): readonly string[] {
  return readUntrusted("ids", () => {
    if (!Array.isArray(value)) fail("ids", `must be a list of ids, not ${describe(value)}`);
    if (value.length === 0) fail("ids", "is an empty list");
    if (value.length > 1000) fail("ids", "has more than 1000 ids; split it");
    return Array.from(value, (id, index) => parseId(id, `ids[${index}]`));
  });
}

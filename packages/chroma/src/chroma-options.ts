import { InvalidInputError } from "@loci/core";
import type { Address } from "./connection.ts";

/** Options of `chroma`. */
export interface ChromaOptions {
  /** Where the server is. Default: "localhost". */
  readonly host?: string;
  /** Default: 8000. */
  readonly port?: number;
  /** Whether to use HTTPS. Default: false. */
  readonly ssl?: boolean;
  /** Sent with every request, such as a token. Default: none. */
  readonly headers?: Record<string, string>;
  /** Chroma's tenant, in which each organization gets a database. It has to exist. Default: "default_tenant". */
  readonly tenant?: string;
  /** How long a call may take, in milliseconds, 1 or more. Default: 60000. */
  readonly timeout?: number;
}

const defaults: Address & { readonly timeout: number } = {
  host: "localhost",
  port: 8000,
  ssl: false,
  headers: {},
  tenant: "default_tenant",
  timeout: 60_000,
};
const names = Object.keys(defaults).join(", ");

/** @throws InvalidInputError for an unknown option and a wrong value */
export function readOptions(options: ChromaOptions): typeof defaults {
  if (typeof options !== "object" || options === null)
    fail("options", 'must be an object; call it: chroma({ host: "localhost", port: 8000 })');
  const read: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(defaults, name)) {
      const meant = /^(url|path)$/i.test(name) ? "call it host, port and ssl" : `there are ${names}`;
      fail(name, `is not an option of chroma; ${meant}`);
    }
    if (value === undefined) continue;
    const problem = problems[name as keyof ChromaOptions](value);
    if (problem) fail(name, problem);
    read[name] = value;
  }
  return read as unknown as typeof defaults;
}

type Problem = (value: unknown) => string | false;
const text: Problem = (value) => (typeof value !== "string" || value === "") && "must be a string, not empty";
const count: Problem = (value) =>
  !(Number.isInteger(value) && Number(value) >= 1) && "must be a whole number from 1 on";

const problems: Readonly<Record<keyof ChromaOptions, Problem>> = {
  host: (value) =>
    text(value) || (/[/:]/.test(String(value)) && 'must be a name or an address alone, as in "localhost"'),
  port: count,
  ssl: (value) => typeof value !== "boolean" && "must be true or false",
  headers: (value) =>
    (typeof value !== "object" ||
      value === null ||
      Object.values(value).some((one) => typeof one !== "string")) &&
    'must be an object of strings, as in { "x-chroma-token": token }',
  tenant: text,
  timeout: count,
};

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}

import { InvalidInputError } from "@loci/core";

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

/** @throws InvalidInputError for an unknown option and a wrong value */
export function readOptions(options: ChromaOptions): Required<ChromaOptions> {
  if (typeof options !== "object" || options === null)
    fail("options", 'must be an object; call it: chroma({ host: "localhost", port: 8000 })');
  for (const [name, value] of Object.entries(options)) {
    const [isRight, problem] =
      rules.get(name) ?? fail(name, `is not an option of chroma; there are ${names()}`);
    if (value !== undefined && !isRight(value)) fail(name, problem);
  }
  const { host = "localhost", port = 8000, ssl = false, headers = {}, ...rest } = options;
  const { tenant = "default_tenant", timeout = 60_000 } = rest;
  return { host, port, ssl, headers, tenant, timeout };
}

const isText = (value: unknown) => typeof value === "string" && value !== "";
const isCount = (value: unknown) => Number.isInteger(value) && Number(value) >= 1;
const rules: ReadonlyMap<string, readonly [isRight: (value: unknown) => boolean, problem: string]> = new Map([
  [
    "host",
    [
      (value) => isText(value) && !/[/:]/.test(String(value)),
      'must be a string: a name or an address alone, as in "localhost"',
    ],
  ],
  ["port", [isCount, "must be a whole number from 1 on"]],
  ["ssl", [(value) => typeof value === "boolean", "must be true or false"]],
  [
    "headers",
    [
      (value) =>
        typeof value === "object" &&
        value !== null &&
        Object.values(value).every((one) => typeof one === "string"),
      'must be an object of strings, as in { "x-chroma-token": token }',
    ],
  ],
  ["tenant", [isText, "must be a string, and not empty"]],
  ["timeout", [isCount, "must be a whole number from 1 on"]],
]);
const names = () => [...rules.keys()].join(", ");

function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}

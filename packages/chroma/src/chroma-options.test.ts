import { InvalidInputError } from "@loci/core";
import { expect, it } from "vitest";
import type { ChromaOptions } from "./chroma-options.ts";
import { chroma } from "./chroma-store.ts";

it.each([
  [{ url: "http://localhost:8000" }, "url", /not an option of chroma; there are host, port, ssl/],
  [{ token: "secret" }, "token", /there are host, port, ssl, headers, tenant, timeout/],
  [{ toString: 1 }, "toString", /not an option/],
  [{ host: "http://localhost" }, "host", /a name or an address alone/],
  [{ host: 5 }, "host", /must be a string/],
  [{ port: "8000" }, "port", /whole number/],
  [{ ssl: "yes" }, "ssl", /true or false/],
  [{ headers: "token" }, "headers", /object of strings/],
  [{ headers: { token: undefined } }, "headers", /object of strings/],
  [{ tenant: "" }, "tenant", /must be a string/],
  [{ timeout: 0 }, "timeout", /whole number/],
  ["localhost", "options", /call it: chroma\(\{ host/],
  [null, "options", /call it: chroma\(\{ host/],
])("refuses the options %j", (options, path, message) => {
  const refused = expect(() => chroma(options as ChromaOptions));
  refused.toThrow(InvalidInputError);
  refused.toThrow(expect.objectContaining({ path, message: expect.stringMatching(message) }));
});

it("takes the default for what is left out or undefined", () => {
  for (const options of [undefined, {}, { host: undefined, timeout: undefined } as unknown as ChromaOptions])
    expect(chroma(options).name).toBe("chroma");
});

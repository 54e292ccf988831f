import { describe, expect, it } from "vitest";
import * as core from "../index.ts";

const classes = Object.entries(core).filter(
  ([name, value]) => /^[A-Z].*Error$/.test(name) && name !== "LociError" && typeof value === "function",
) as unknown as [string, (new (message: string, fields: object) => core.LociError) & typeof core.LociError][];

describe("errors", () => {
  it("have codes of their own, and recognize themselves and nothing else", () => {
    expect(classes.length).toBeGreaterThan(15);
    expect(new Set(classes.map(([, { code }]) => code)).size).toBe(classes.length);
    for (const [name, ErrorClass] of classes) {
      const error = new ErrorClass("what to do", {});
      expect(error).toMatchObject({ name, code: ErrorClass.code, retryable: false, message: "what to do" });
      expect(ErrorClass.isInstance(error)).toBe(true);
      expect(core.LociError.isInstance(error)).toBe(true);
      for (const [other, OtherClass] of classes)
        expect(OtherClass.isInstance(error), other).toBe(other === name);
    }
  });

  it("are recognized across copies of the package, and look-alikes are not", () => {
    const foreign = Object.assign(new Error("x"), { code: "INVALID_SCOPE" });
    expect(core.InvalidScopeError.isInstance(foreign)).toBe(false);
    Object.defineProperty(foreign, Symbol.for("loci.error"), { value: true });
    expect(core.InvalidScopeError.isInstance(foreign)).toBe(true);
    for (const value of [null, undefined, "INVALID_SCOPE", {}, { code: "INVALID_SCOPE" }]) {
      expect(core.LociError.isInstance(value)).toBe(false);
    }
  });
});

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isNamespaceKey, type NamespaceIdentity, namespaceKey } from "./namespace-key.ts";

const identity = (changes: Partial<NamespaceIdentity> = {}): NamespaceIdentity => ({
  kind: "organization",
  deployment: "default",
  orgId: "acme",
  generation: 1,
  ...changes,
});

describe("namespace keys", () => {
  it("do not change: what is stored is found again by every later version", () => {
    expect(namespaceKey(identity())).toBe("m1_fcgaj6e2xdmgsjfxzaq22g44evxmos2p3pcsqlnsj76tgxv7sh4q");
  });

  it("are 55 characters that every backend takes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), fc.nat(), (orgId, deployment, generation) => {
        const key = namespaceKey(identity({ orgId, deployment, generation }));
        expect(key).toMatch(/^m1_[a-z2-7]{52}$/);
        expect(isNamespaceKey(key)).toBe(true);
      }),
    );
  });

  it("differ for any two identities, however alike", () => {
    const alike = [
      ...[
        "acme",
        "Acme",
        "ACME",
        "acme ",
        " acme",
        "acme\n",
        "acme-corp",
        "acme_corp",
        "acme%",
        "a",
        "ac",
        "acm",
        "..",
        "m1_",
      ],
      ...[
        "1",
        "01",
        "1e0",
        "true",
        "null",
        "é",
        "e\u0301",
        "ａｃｍｅ",
        "\u212a",
        "K",
        "ß",
        "ss",
        "",
        "con",
        "_all",
        "*",
      ],
      ...[59, 63, 64, 128, 255].flatMap((length) => ["x".repeat(length), `${"x".repeat(length)}y`]),
    ].map((orgId) => identity({ orgId }));
    const others = [
      identity({ generation: 2 }),
      identity({ generation: 11 }),
      identity({ kind: "single" }),
      identity({ kind: "directory" }),
      identity({ deployment: "default1", generation: 1 }),
      identity({ deployment: "defaul", orgId: "tacme" }),
      identity({ deployment: "defaulta", orgId: "cme" }),
      identity({ orgId: "acme1", generation: 1 }),
      identity({ deployment: "a b", orgId: "c" }),
      identity({ deployment: "a", orgId: "b c" }),
    ];
    const keys = [...alike, ...others].map(namespaceKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect([...alike, ...others].map(namespaceKey)).toEqual(keys);
  });

  it("are recognized, and nothing else is", () => {
    for (const value of [
      "",
      "acme",
      "m1_",
      `M1_${"a".repeat(52)}`,
      `m1_${"a".repeat(51)}/`,
      `m1_${"a".repeat(53)}`,
      null,
      7,
    ]) {
      expect(isNamespaceKey(value)).toBe(false);
    }
  });
});

import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { momentOf } from "./chat-message.ts";
import { parseMoment } from "./parse-moment.ts";

const iso = (value: unknown, timeZone = "UTC") => new Date(parseMoment(value, "at", timeZone)).toISOString();

describe("moments", () => {
  it.each([
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2000-02-29", "2000-02-29T00:00:00.000Z"],
    ["0000-02-29", "0000-02-29T00:00:00.000Z"],
    ["0099-12-31", "0099-12-31T00:00:00.000Z"],
    ["2025-01-15T24:00:00Z", "2025-01-16T00:00:00.000Z"],
    ["2025-01-15t12:00z", "2025-01-15T12:00:00.000Z"],
    ["2025-01-15T12:00:00.123456789Z", "2025-01-15T12:00:00.123Z"],
    ["2025-01-15T12:00:00+0545", "2025-01-15T06:15:00.000Z"],
    ["2025-01-15T12:00:00-00:00", "2025-01-15T12:00:00.000Z"],
    ["0000-01-01T00:00:00+14:00", "-000001-12-31T10:00:00.000Z"],
  ])("reads %s", (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it.each([
    ...["2023-02-29", "1900-02-29", "2026-02-30", "2025-06-31", "2025-13-01", "2025-00-10", "2025-01-00"],
    ...["2025-W03-1", "2025-015", "20250115", "2025-1-5", "2025-01", "2025", "10000-01-01", "+010000-01-01"],
    ...[
      "2025-01-15T24:00:01Z",
      "2025-01-15T23:59:60Z",
      "2025-01-15T25:00Z",
      "2025-01-15T12:60Z",
      "2025-01-15T12Z",
    ],
    ...[
      "2025-01-15T12:00",
      "2025-01-15 12:00Z",
      "2025-01-15T12:00 Z",
      " 2025-01-15",
      "2025-01-15\n",
      "now",
      "",
    ],
    ...["2025-01-15T12:00:00+24:00", "2025-01-15T12:00:00+01:60", "2025-01-15T12:00:00−05:00"],
    ...[
      "2025-01-15T12:00:00,5Z",
      "2025-01-15T12:00:00GMT",
      "2025-01-15T12:00Z[UTC]",
      "٢٠٢٥-٠١-١٥",
      "2025-01-15 (morning)",
    ],
  ])("refuses %j", (text) => {
    expect(() => iso(text)).toThrow(InvalidInputError);
  });

  it("takes Dates of every realm, and what extends them", () => {
    class Moment extends Date {}
    for (const date of [new Date(7), new Moment(7), runInNewContext("new Date(7)")])
      expect(iso(date)).toBe("1970-01-01T00:00:00.007Z");
    for (const wrong of [
      new Date(Number.NaN),
      runInNewContext("new Date(NaN)"),
      { getTime: () => 7 },
      7,
      null,
    ])
      expect(() => iso(wrong)).toThrow(InvalidInputError);
  });

  it("takes a number of a chat library for seconds where milliseconds would lie near 1970", () => {
    const read = (value: number) => iso(momentOf(value));
    expect(read(1_736_942_400)).toBe("2025-01-15T12:00:00.000Z");
    expect(read(1_736_942_400_000)).toBe("2025-01-15T12:00:00.000Z");
    expect(read(-1_736_942_400)).toBe("1914-12-17T12:00:00.000Z");
    expect(read(-1_736_942_400_000)).toBe("1914-12-17T12:00:00.000Z");
    for (const wrong of [Number.NaN, 1e300, -1e300]) expect(() => read(wrong)).toThrow(InvalidInputError);
  });
});

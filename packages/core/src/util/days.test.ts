import { describe, expect, it } from "vitest";
import { dayOf, startOfDay, timeZoneNamed, weekdayOf } from "./days.ts";

const late = Date.parse("2026-01-31T23:30:00Z");

describe("days of a time zone", () => {
  it.each([
    ["UTC", "2026-01-31", "Saturday"],
    ["Asia/Tokyo", "2026-02-01", "Sunday"],
    ["America/New_York", "2026-01-31", "Saturday"],
    ["+05:30", "2026-02-01", "Sunday"],
  ])("name a moment in %s", (timeZone, day, weekday) => {
    expect([dayOf(late, timeZone), weekdayOf(late, timeZone)]).toEqual([day, weekday]);
  });

  it.each([
    ["2026-01-31", "UTC", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31", "Asia/Tokyo", "2026-01-30T15:00:00.000Z"],
    ["2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00.000Z"],
    ["2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00.000Z"],
    ["2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z"], // midnight was left out
    ["2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00.000Z"], // the hour before midnight came twice
    ["2024-11-03", "America/Havana", "2024-11-03T04:00:00.000Z"], // midnight came twice
    ["1919-03-31", "America/Toronto", "1919-03-31T04:30:00.000Z"], // from 23:30 to 0:30
    ["0001-01-01", "+14:00", "0000-12-31T10:00:00.000Z"],
  ])("%s begins in %s at %s", (day, timeZone, expected) => {
    const start = startOfDay(day, timeZone);
    expect(new Date(start).toISOString()).toBe(expected);
    expect([dayOf(start, timeZone), dayOf(start - 1, timeZone) < day]).toEqual([day, true]);
  });

  it("reach to the farthest moments", () => {
    expect(dayOf(8.64e15, "Asia/Tokyo")).toBe("+275760-09-13");
    expect(dayOf(-8.64e15, "America/New_York")).toBe("-271821-04-20");
  });

  it("know the names of time zones, however they are spelt", () => {
    const named = ["Europe/Berlin", "UTC", "+05:30", undefined, undefined];
    const spelt = ["europe/berlin", "utc", "+05:30", "Mars/Base", ""];
    expect(spelt.map(timeZoneNamed)).toEqual(named);
    expect(spelt.map(timeZoneNamed)).toEqual(named);
  });
});

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { OwnServer } from "../backend.ts";
import { describeBackend } from "../describe-backend.ts";
import { qdrant } from "./backend.ts";

interface Exchange {
  readonly name: string;
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly response: { readonly status: number; readonly body: unknown };
}

const recordings: readonly Exchange[] = JSON.parse(
  readFileSync(new URL("./recordings.json", import.meta.url), "utf8"),
);
/** What is no behaviour: counters of the write log, and tuning that follows the machine and the version. */
const uncompared = [
  "operation_id",
  "version",
  "segments_count",
  "hnsw_config",
  "optimizer_config",
  "wal_config",
];

// Also where a real server is named: that one is not asked here.
describeBackend({ ...qdrant, variable: "LOCI_QDRANT_STAND_IN_URL" }, "the stand-in for Qdrant", () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await qdrant.start();
  });
  afterAll(() => server.stop());

  // In their order: each finds what the ones before it have left.
  it.each(recordings)("answers as the real server did: $name", async ({ request, response }) => {
    const { method, path, body } = request;
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    expect({ status: answer.status, body: comparable(await answer.json()) }).toEqual({
      status: response.status,
      body: comparable(response.body),
    });
  });
});

/** Without what is no behaviour, numbers in the precision of the server, error texts without the place in the body. */
function comparable(value: unknown): unknown {
  if (typeof value === "number") return Math.round(value * 1e5) / 1e5;
  if (typeof value === "string") return value.replace(/ at line \d+ column \d+$/, "");
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !uncompared.includes(name))
      .map(([name, one]) => [name, comparable(one)]),
  );
}

import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { adapterFrame } from "./adapter-frame.ts";

function errorWith(places: readonly string[], cause?: Error): Error {
  const error = new Error("failed", { cause });
  error.stack = ["Error: failed", ...places.map((place) => `    at ${place}`)].join("\n");
  return error;
}
const core = fileURLToPath(new URL("../../../packages/core/src/store/define-store.ts", import.meta.url));
const suite = fileURLToPath(new URL("./run-case.ts", import.meta.url));
const others = [
  "node:internal/process/task_queues:105:5",
  "async Client.query (/app/node_modules/pg/lib/client.js:526:17)",
  `guarded (${core}:1:2)`,
  `file://${suite}:3:4`,
];

it("is the first line that lies neither in the suite, nor in core, nor in a package, nor in Node", () => {
  const frames = [...others, "async write (/app/my-store.ts:12:3)", "open (/app/other.ts:1:1)"];
  expect(adapterFrame(errorWith(frames))).toBe("write (/app/my-store.ts:12:3)");
  expect(adapterFrame(errorWith(["/app/my-store.ts:12:3"]))).toBe("(/app/my-store.ts:12:3)");
});

it("is looked for in the causes, too, and is nothing where the adapter has thrown nothing", () => {
  const cause = errorWith([...others, "file:///app/my-store.ts:12:3"]);
  expect(adapterFrame(errorWith(others, cause))).toBe("(/app/my-store.ts:12:3)");
  expect(adapterFrame(errorWith(others))).toBeUndefined();
  expect(adapterFrame("a text")).toBeUndefined();
});

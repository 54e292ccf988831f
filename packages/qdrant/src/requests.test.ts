import { NamespaceNotFoundError, namespaceKey } from "@loci/core/store";
import { expect, it } from "vitest";
import type { Request } from "./connection.ts";
import { requestsOf } from "./requests.ts";

const key = namespaceKey({ kind: "organization", deployment: "test", orgId: "acme", generation: 1 });
const { signal } = new AbortController();

/** A fake of Qdrant, which has one collection, or none. Says what was sent. */
function fakeRequest(made: string | undefined, slow: "info" | "points", isEmpty = false) {
  const sent: string[] = [];
  const answer = async (what: "info" | "points") => {
    sent.push(what);
    if (what === slow) await new Promise((resolve) => setTimeout(resolve, 5));
    if (made === undefined) throw new Error(`no collection for ${what}`);
    const found = { points: isEmpty ? [] : [{ payload: { made } }] };
    return { data: { result: what === "info" ? { config: { metadata: { made } } } : found } };
  };
  const api = { getCollection: () => answer("info"), queryPoints: () => answer("points") };
  const request = (async (own, send) => (await send(api as never, { signal: own })).data.result) as Request;
  return { sent, request };
}

const send = (api: never) => (api as { queryPoints(): never }).queryPoints();

it("reaches the collection that was opened", async () => {
  const { request } = fakeRequest("first", "info");
  const { read, write } = requestsOf(key, "first", request);
  expect(await read(signal, send as never)).toHaveProperty("points");
  expect(await write(signal, send as never)).toHaveProperty("points");
});

it("reaches no collection that was made later, and writes nothing to it", async () => {
  const { sent, request } = fakeRequest("second", "info");
  const { read, write } = requestsOf(key, "first", request);
  await expect(read(signal, send as never)).rejects.toSatisfy(
    NamespaceNotFoundError.isInstance.bind(NamespaceNotFoundError),
  );
  sent.length = 0;
  await expect(write(signal, send as never)).rejects.toThrow("was dropped, and made again");
  expect(sent).toEqual(["info"]);
});

it("tells the same error, whichever request fails first", async () => {
  for (const slow of ["info", "points"] as const) {
    const { read } = requestsOf(key, "first", fakeRequest(undefined, slow).request);
    await expect(read(signal, send as never)).rejects.toThrow("no collection for info");
  }
});

it("asks which collection it is only where no point says it", async () => {
  for (const [made, isEmpty, expected] of [
    ["first", false, ["points"]],
    ["first", true, ["points", "info"]],
    ["second", false, ["points"]],
    ["second", true, ["points", "info"]],
  ] as const) {
    const { sent, request } = fakeRequest(made, "info", isEmpty);
    const found = requestsOf(key, "first", request).readPoints(signal, send as never);
    if (made === "first") expect(await found).toHaveProperty("points");
    else await expect(found).rejects.toThrow("was dropped, and made again");
    expect(sent, `${made} ${isEmpty}`).toEqual(expected);
  }
});

it("asks once in a call, whatever it sends", async () => {
  for (const [first, isEmpty, expected] of [
    ["write", false, ["info", "points", "points"]],
    ["readPoints", false, ["points", "points"]],
    ["readPoints", true, ["points", "info", "points"]],
    ["read", false, ["points", "info", "points"]],
  ] as const) {
    const { sent, request } = fakeRequest("first", "info", isEmpty);
    const requests = requestsOf(key, "first", request);
    await (requests[first] as Request)(signal, send as never);
    await requests.write(signal, send as never);
    expect(sent, first).toEqual(expected);
  }
});

it("writes nothing where a read of the same call has found another collection", async () => {
  const { sent, request } = fakeRequest("second", "info");
  const requests = requestsOf(key, "first", request);
  for (const way of ["readPoints", "write"] as const)
    await expect((requests[way] as Request)(signal, send as never)).rejects.toThrow(
      "was dropped, and made again",
    );
  expect(sent).toEqual(["points", "info"]);
});

import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { sleep } from "../util/sleep.ts";
import { assertNamespaceKey, type NamespaceKey } from "./namespace-key.ts";
import { namespaceOf } from "./namespace-of-driver.ts";
import { RunningCalls } from "./running-calls.ts";
import type { CreateRequest, FindRequest, NamespaceDriver, StoreDriver } from "./store-driver.ts";
import { errorOf, errorOfFailure, failureOf, type StoreFailure } from "./store-failure.ts";
import type { NamespaceRequest, VectorStore } from "./vector-store.ts";

/**
 * Makes a store of a driver, which says what is its backend's own. Everything else is done here, for every store alike:
 * - namespace keys and scope filters are checked, and predicates compiled with the scope filter at their root;
 * - calls end with their signal, errors become Loci's own, and a closed store throws `ClosedError`;
 * - `open` finds or creates a namespace while other processes do the same: one wins, and all get its manifest;
 * - long lists are split by count and bytes, duplicates taken out, empty lists answered without a request;
 * - pages and cursors are made, and a search without comparable vectors finds nothing.
 *
 * @example
 * export function redis(client: Redis): VectorStore {
 *   return defineStore<string>({
 *     name: "redis",
 *     capabilities: { isolation: "physical", keyword: false, scoreIsolation: "scope", erasure: "logical", readYourWrites: true },
 *     limits: { records: 500, bytes: 10_000_000 },
 *     dialect: {
 *       everything: "1 == 1",
 *       nothing: "1 == 0",
 *       and: (parts) => `(${parts.join(" and ")})`,
 *       or: (parts) => `(${parts.join(" or ")})`,
 *       oneOf: (column, values) => `.${column} in ${JSON.stringify(values)}`,
 *       range: (column, operator, value) => `.${column} ${signs[operator]} ${value}`,
 *       field: (comparison) => tokenTest(tokenComparison(comparison), comparison.negated),
 *     },
 *     classify: (error) => (isNetworkError(error) ? { kind: "unavailable" } : undefined),
 *     async find({ key }) {
 *       const manifest = await client.get(`${key}:manifest`);
 *       return manifest === null ? undefined : new RedisNamespace(client, key, JSON.parse(manifest));
 *     },
 *     async create({ key, manifest }) {
 *       await client.set(`${key}:manifest`, JSON.stringify(manifest), { NX: true });
 *     },
 *     drop: async ({ key }) => dropAll(client, key),
 *   });
 * }
 */
export function defineStore<P>(driver: StoreDriver<P>): VectorStore {
  const calls = new RunningCalls(driver.name);
  /** Runs a step about a namespace. What it throws is named in Loci's errors, unless `expected` answers for its kind. */
  const step = async <T>(
    key: NamespaceKey,
    task: () => Promise<T>,
    expected: Partial<Record<StoreFailure["kind"], () => T>> = {},
  ): Promise<T> => {
    try {
      return await task();
    } catch (error) {
      if (NamespaceNotFoundError.isInstance(error) && expected.missing) return expected.missing();
      const failure = failureOf(driver, error, key);
      const answer = failure && expected[failure.kind];
      if (answer) return answer();
      throw errorOf(driver, error, key);
    }
  };
  const call = <T>(
    { key, signal }: NamespaceRequest,
    task: (request: FindRequest) => Promise<T>,
  ): Promise<T> =>
    calls.run(signal, async (own) => {
      assertNamespaceKey(key);
      return task({ key, signal: own });
    });
  const find = (request: FindRequest) =>
    step(request.key, () => driver.find(request), { missing: () => undefined });
  const create = (request: CreateRequest) =>
    step<"created" | "lost">(
      request.key,
      async () => {
        await driver.create(request);
        return "created";
      },
      // `missing`: what was made for the namespace a moment ago was dropped before it was complete.
      { exists: () => "lost", missing: () => "lost" },
    );

  const findOrCreate = async (request: CreateRequest): Promise<NamespaceDriver<P> | undefined> => {
    for (let attempt = 1; ; attempt++) {
      const found = await find(request);
      if (found || attempt > attempts) return found;
      // Who was faster may not be done yet, or may be dropping it again.
      if (attempt > 1) await sleep(pause * attempt, request.signal);
      if ((await create(request)) === "created") return find(request);
    }
  };

  const { leftovers } = driver;
  return {
    specVersion: 1,
    name: driver.name,
    capabilities: driver.capabilities,
    open: ({ create: manifest, ...request }) =>
      call(request, async (own) => {
        const found = await (manifest ? findOrCreate({ ...own, manifest }) : find(own));
        if (found) return namespaceOf({ key: own.key, driver, namespace: found, calls, step });
        throw errorOfFailure(driver.name, { kind: "missing" }, undefined, own.key);
      }),
    drop: (request) =>
      call(request, (own) =>
        step(own.key, () => driver.drop(own), { missing: () => ({ dropped: false, residue: [] }) }),
      ),
    ...(leftovers
      ? {
          leftovers: (request: NamespaceRequest) =>
            call(request, (own) =>
              step(own.key, () => leftovers.call(driver, own), { missing: () => [] as readonly string[] }),
            ),
        }
      : {}),
    close: () => calls.close(async () => driver.close?.()),
  };
}

/** How often a creation is tried that others were faster at, and the milliseconds between two of them, times their number. */
const attempts = 5;
const pause = 20;

import type { BackgroundErrorHandler } from "../guard/background.ts";
import { fail } from "../input/fail.ts";
import { parseFunction, parseLabel } from "../input/option-parsers.ts";
import { parseTimeZone } from "../input/parse-time-zone.ts";
import { readFields } from "../input/read-fields.ts";
import type { Tenancy } from "../scope/scope.ts";
import type { Isolation, VectorStore } from "../store/vector-store.ts";
import { defaultName } from "../tenancy/location.ts";
import { readUntrusted } from "../util/read-untrusted.ts";
import { parseStore } from "./parse-parts.ts";
import {
  type CheckedRegion,
  parseIsolation,
  parseNamed,
  parseRegion,
  type RegionOptions,
  regionFields,
} from "./region-options.ts";

/**
 * The options of `new Memory`: one store and its models, or several regions that have a store and models each.
 * @example
 * ```ts
 * const options: MemoryOptions = { store: inMemory(), deployment: "production" };
 * const memory = new Memory(options);
 * ```
 */
export interface MemoryOptions<T extends Tenancy = "multi"> extends RegionOptions {
  /**
   * Several regions by name, each with a store and models of its own. None uses those of another: a region without a
   * language model has none. Names are 1 to 64 letters, digits, `.`, `_` and `-`. Default: one region.
   */
  readonly regions?: Readonly<Record<string, RegionOptions>>;
  /**
   * The store of the list of organizations: their ids, and the region and cell of each, but no memory. Required with
   * several stores. Default: the one store.
   */
  readonly registry?: VectorStore;
  /** `multi`: every call names its organization. `single`: there is none to name. Default: "multi". */
  readonly tenancy?: T;
  /** Separates applications that share a store. 1 to 256 characters. Default: "default". */
  readonly deployment?: string;
  /**
   * Whose days are meant, where a call names one, such as "2026-01-31", and wherever a language model or a context has to: "Europe/Berlin", or
   * an offset such as "+05:30". Calls can name another. Default: "UTC".
   */
  readonly timeZone?: string;
  /** Called when the extraction after `add(messages, { background: true })` has failed. Default: a line on the console, without texts. */
  readonly onBackgroundError?: BackgroundErrorHandler;
  /** The weakest isolation of organizations that the application accepts from its stores. Default: "physical". */
  readonly isolation?: Isolation;
}

/** Validated options with their defaults. */
export interface CheckedMemoryOptions {
  readonly regions: readonly CheckedRegion[];
  readonly registry: VectorStore;
  readonly tenancy: Tenancy;
  readonly deployment: string;
  readonly timeZone: string;
  readonly onBackgroundError: BackgroundErrorHandler | undefined;
}

const ownFields = Object.keys({
  regions: true,
  registry: true,
  tenancy: true,
  deployment: true,
  timeZone: true,
  onBackgroundError: true,
  isolation: true,
} satisfies Record<Exclude<keyof MemoryOptions, keyof RegionOptions>, true>);

/** @throws InvalidInputError, InsufficientIsolationError, UnsupportedError */
export function parseMemoryOptions(options: unknown): CheckedMemoryOptions {
  return readUntrusted("options", () => parse(options));
}

function parse(options: unknown): CheckedMemoryOptions {
  if (typeof options !== "object" || options === null) {
    fail("options", 'must be an object with a store, such as { store: inMemory() } from "@loci/core"');
  }
  const fields = readFields(options, [...regionFields, ...ownFields], "options");
  const isolation = parseIsolation(fields.get("isolation"));
  const regions = parseRegions(fields, isolation);
  const tenancy = fields.get("tenancy") ?? "multi";
  if (tenancy !== "multi" && tenancy !== "single") fail("tenancy", 'must be "multi" or "single"');
  const deployment = parseLabel(fields.get("deployment") ?? "default", "deployment");
  const timeZone = parseTimeZone(fields.get("timeZone") ?? "UTC", "timeZone");
  const handler = fields.get("onBackgroundError");
  const onBackgroundError =
    handler === undefined ? undefined : parseFunction<BackgroundErrorHandler>(handler, "onBackgroundError");
  const registry = parseRegistry(fields.get("registry"), regions);
  return { regions, registry, tenancy, deployment, timeZone, onBackgroundError };
}

function parseRegions(fields: ReadonlyMap<string, unknown>, isolation: Isolation): readonly CheckedRegion[] {
  if (!fields.has("regions")) return [parseRegion(defaultName, fields, isolation, "")];
  for (const field of regionFields) {
    if (fields.has(field))
      fail(field, "is given beside regions: give each region its own, since none borrows another's");
  }
  const regions = [...parseNamed(fields.get("regions"), "regions")].map(([name, value]) => {
    const path = `regions.${name}`;
    if (typeof value !== "object" || value === null) fail(path, "must be an object with a store");
    return parseRegion(name, readFields(value, regionFields, path), isolation, `${path}.`);
  });
  const stores = new Map<VectorStore, string>();
  for (const { name, cells } of regions) {
    for (const { store } of cells.values()) {
      const other = stores.get(store);
      if (other !== undefined && other !== name)
        fail(`regions.${name}`, `has a store of region "${other}": what is in it would be in both`);
      stores.set(store, name);
    }
  }
  return regions;
}

function parseRegistry(value: unknown, regions: readonly CheckedRegion[]): VectorStore {
  if (value !== undefined) return parseStore(value, "registry");
  const [only, ...others] = regions.flatMap(({ cells }) => [...cells.values()]);
  if (only && others.length === 0) return only.store;
  fail(
    "registry",
    "is missing: with several stores, say in which the list of organizations is. It holds their ids and where they live, and no memory",
  );
}

import { NamespaceNotFoundError, namespaceKey, type VectorStore } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  listAll,
  manifestOf,
  openOrganization,
  openOrganizations,
  recordOf,
  same,
  textsOf,
} from "../fixtures.ts";
import { surfaceText } from "../oracles/canary.ts";

const isGone = (error: unknown) => NamespaceNotFoundError.isInstance(error);

/** How namespaces begin and end, in the bare store. */
export const storeLifecycle: readonly ConformanceCase[] = [
  {
    id: "drop-leaves-neighbours-alone",
    claim: "Dropping a namespace removes it whole and leaves every other one as it was.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const orgIds = Array.from({ length: 40 }, (_, index) => `org-${index}`);
      const organizations = await openOrganizations(store, orgIds, ({ orgId, key }) =>
        recordOf(key, `common ${orgId}`, { id: "one" }),
      );
      const dump = async (index: number) =>
        surfaceText(await listAll(organizations[index]?.namespace as never, everything));
      const before = await Promise.all(organizations.map((_, index) => dump(index)));
      const first = organizations[0];
      const report = await store.drop({ key: first?.key as never });
      check(
        report.dropped,
        () => "Dropping a namespace that was there reports that nothing was dropped.",
        false,
      );
      const after = await Promise.all(
        orgIds.map((_, index) => dump(index).catch((error: unknown) => `error ${surfaceText(error)}`)),
      );
      for (const [index, dumped] of after.entries()) {
        if (index === 0) continue;
        check(
          dumped === before[index],
          () => `Dropping ${orgIds[0]} changed ${orgIds[index]}: ${dumped.slice(0, 200)}`,
          false,
        );
      }
      const again = await store.drop({ key: first?.key as never });
      check(
        !again.dropped,
        () => "Dropping the same namespace again reports that something was dropped.",
        false,
      );
    },
  },
  {
    id: "what-was-dropped-stays-dropped",
    claim:
      "After a drop every call on a handle that is still held is refused, and none brings the namespace back.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({ records: [recordOf(key, "early")] });
      const before = await store.leftovers?.({ key });
      check(
        before?.length !== 0,
        () => "The store says that the backend lists nothing of a namespace that is there.",
        false,
      );
      await store.drop({ key });
      const attempts: Record<string, () => Promise<unknown>> = {
        upsert: () => namespace.upsert({ records: [recordOf(key, "late")] }),
        list: () => namespace.list({ scope: everything, limit: 10 }),
        count: () => namespace.count({ scope: everything }),
        delete: () => namespace.delete({ scope: everything }),
        get: () => namespace.get({ ids: ["id-early"], scope: everything }),
        open: () => store.open({ key }),
      };
      for (const [way, attempt] of Object.entries(attempts)) {
        const seen: unknown = await attempt().then(
          (value) => `answered ${surfaceText(value)}`,
          (error: unknown) => (isGone(error) ? "refused" : `failed with ${surfaceText(error)}`),
        );
        check(
          seen === "refused",
          () => `${way} after the drop should be refused with NAMESPACE_NOT_FOUND, and ${String(seen)}.`,
          false,
        );
      }
      const after = (await store.leftovers?.({ key })) ?? [];
      check(
        after.length === 0,
        () => `After the drop the backend still lists ${after.join(" and ")}.`,
        false,
      );
    },
  },
  {
    id: "what-is-created-anew-is-empty",
    claim: "A namespace that is created again after a drop has nothing of what was there before.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      for (const generation of [1, 2]) {
        const { key, namespace } = await openOrganization(store, "acme");
        await namespace.upsert({
          records: ["one", "two", "three"].map((text) =>
            recordOf(key, `${text} ${generation}`, { fields: { tags: ["old"] } }),
          ),
        });
        await store.drop({ key });
        const again = await openOrganization(store, "acme");
        const texts = textsOf(await listAll(again.namespace, everything));
        check(texts.length === 0, () => `A namespace created anew has: ${texts.join(", ")}`, false);
        await again.namespace.upsert({ records: [recordOf(key, "plain", { id: "id-one 1" })] });
        const [record] = await listAll(again.namespace, everything);
        check(
          record !== undefined && !("tags" in record.fields),
          () => "A record of a namespace created anew has fields of a record from before.",
          false,
        );
        await store.drop({ key });
      }
    },
  },
  {
    id: "nothing-is-created-unasked",
    claim:
      "Opening a namespace that does not exist is refused and creates nothing, unless a manifest is given.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const key = namespaceKey(manifestOf("acme"));
      for (let attempt = 0; attempt < 2; attempt++) {
        const seen: unknown = await store.open({ key }).then(
          () => "opened",
          (error: unknown) => (isGone(error) ? "refused" : `failed with ${surfaceText(error)}`),
        );
        check(
          seen === "refused",
          () =>
            `Opening what was never created should be refused with NAMESPACE_NOT_FOUND, and ${String(seen)}.`,
          false,
        );
      }
    },
  },
  {
    id: "manifests-are-kept",
    claim:
      "A namespace says who owns it in the words it was created with, whoever opens it later and with whatever claim.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, manifest } = await openOrganization(store, "acme");
      const claims = [undefined, manifestOf("rival"), manifestOf("acme", 2)];
      for (const create of claims) {
        const opened = await store.open({ key, ...(create ? { create } : {}) });
        const kept = surfaceText(Object.entries(opened.manifest).sort());
        const expected = surfaceText(Object.entries(manifest).sort());
        check(
          kept === expected,
          () => `Created with ${expected} and opened with ${surfaceText(create)}, the manifest says ${kept}.`,
          kept.includes("rival"),
        );
      }
      // What is made again is as it was made then.
      await store.drop({ key });
      const later = { ...manifest, createdAt: manifest.createdAt + 1 };
      for (const create of [later, undefined]) {
        const opened = await store.open({ key, ...(create ? { create } : {}) });
        check(
          opened.manifest.createdAt === later.createdAt,
          () =>
            `Dropped and created again at ${later.createdAt}, the manifest says ${opened.manifest.createdAt}.`,
        );
      }
    },
  },
  {
    id: "two-creators-make-one",
    claim: "Two creations of one namespace at once make one, with one manifest for both.",
    level: "core",
    layer: "store",
    async run({ store, second, check }) {
      const stores = [store, await second()];
      const manifest = manifestOf("acme");
      const key = namespaceKey(manifest);
      const opened = await Promise.all(
        [0, 1, 0, 1, 0, 1, 0, 1].map((at, index) =>
          (stores[at] as VectorStore).open({ key, create: { ...manifest, createdAt: index + 1 } }),
        ),
      );
      const created = new Set(opened.map(({ manifest: kept }) => kept.createdAt));
      check(created.size === 1, () => `Eight creators at once got ${created.size} manifests.`);
      await opened[0]?.upsert({ records: [recordOf(key, "seen by all")] });
      for (const namespace of opened) {
        const count = await namespace.count({ scope: everything });
        check(count === 1, () => `One of eight creators sees ${count} of the 1 record that another wrote.`);
      }
    },
  },
  {
    id: "keys-are-not-paths",
    claim: "Anything but a key that core derives is refused, by opening, creating and dropping.",
    level: "isolation",
    layer: "store",
    async run({ store, check }) {
      const { key, namespace } = await openOrganization(store, "acme");
      await namespace.upsert({ records: [recordOf(key, "kept")] });
      for (const name of [
        "",
        "*",
        "m1_*",
        `${key.slice(0, 20)}*`,
        key.toUpperCase(),
        `${key}/`,
        `../${key}`,
        key.slice(0, -1),
        `${key}a`,
        "%",
        "_all",
      ]) {
        for (const [way, attempt] of [
          ["open", () => store.open({ key: name as typeof key })],
          ["create", () => store.open({ key: name as typeof key, create: manifestOf("forged") })],
          ["drop", () => store.drop({ key: name as typeof key })],
        ] as const) {
          const seen = await attempt().then(
            (value) => (way === "drop" && "dropped" in value && !value.dropped ? "refused" : "accepted"),
            () => "refused",
          );
          check(seen === "refused", () => `${way} accepted ${JSON.stringify(name)}.`, false);
        }
      }
      const texts = textsOf(await listAll(namespace, everything));
      check(same(texts, ["kept"]), () => `After that, acme has: ${texts.join(", ") || "nothing"}`, false);
    },
  },
];

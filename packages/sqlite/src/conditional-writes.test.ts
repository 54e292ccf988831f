import { namespaceKey, scopeFilter, type VectorRecord } from "@loci/core/store";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "./database-folder.fixture.ts";
import { startProcess } from "./second-process.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

const identity = { kind: "organization", deployment: "default", orgId: "race", generation: 1 } as const;
const key = namespaceKey(identity);
const scope = scopeFilter({}, "within");
const rounds = 200;

async function openNamespace() {
  const directory = temporaryFolder();
  const store = sqlite({ directory });
  onTestFinished(() => store.close());
  const create = { ...identity, scheme: 1, embedder: null, createdAt: 1 } as const;
  return { directory, namespace: await store.open({ key, create }) };
}

function record(payload: string, expected?: VectorRecord["expected"]): VectorRecord {
  const fields = { $createdAt: 1, $validFrom: 1, $validTo: 9e15, $expiresAt: 8.64e15 };
  const keywords = { own: [payload], before: [], after: [] };
  const scopeKey = { user: "", agent: "", run: "" };
  return {
    id: "one",
    namespace: key,
    scopeKey,
    fields,
    keywords,
    payload,
    ...(expected ? { expected } : {}),
  };
}

it("lets exactly one of two processes write that expect the same version, or none", async () => {
  const { directory, namespace } = await openNamespace();
  const racers = [startProcess("race", directory), startProcess("race", directory)];
  const versions = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const [before] = await namespace.get({ ids: ["one"], scope });
    // A deletion races as well: it and a write both expect the version.
    const roles = round % 3 === 2 && before ? ["write", "delete"] : ["write", "write"];
    const answers = await Promise.all(
      racers.map(({ ask }, at) => ask(`${roles[at]} ${before?.version ?? "absent"} ${round}-${at}`)),
    );
    expect([...answers].sort(), `round ${round}`).toEqual(["conflict", "done"]);
    const winner = answers.indexOf("done");
    const [after] = await namespace.get({ ids: ["one"], scope });
    expect(after?.payload).toBe(roles[winner] === "delete" ? undefined : `${round}-${winner}`);
    if (after) {
      expect(versions).not.toContain(after.version);
      versions.add(after.version);
    }
  }
});

it("writes nothing after a conflict of what leads, however many turns it takes", async () => {
  const { namespace } = await openNamespace();
  const many = (name: string) =>
    Array.from({ length: 1500 }, (_, index) => ({ ...record(name, "absent"), id: `${name}-${index}` }));
  expect(await namespace.upsert({ records: many("first"), leading: 700 })).toEqual([]);
  const [leading, following] = [many("second"), many("third")];
  const [taken] = many("first");
  const records = [...leading.slice(0, 600), taken as VectorRecord, ...leading.slice(600), ...following];
  const conflicts = await namespace.upsert({ records, leading: leading.length + 1 });
  expect(conflicts).toEqual([taken, ...following]);
  expect(await namespace.count({ scope })).toBe(3000);
});

it("takes any number of versions to delete, and deletes those that are still there", async () => {
  const { namespace } = await openNamespace();
  const ids = Array.from({ length: 3000 }, (_, index) => `${index}`);
  await namespace.upsert({ records: ids.map((id) => ({ ...record(`text ${id}`), id })) });
  const read = await namespace.get({ ids, scope });
  await namespace.upsert({ records: ids.slice(0, 500).map((id) => ({ ...record(`new ${id}`), id })) });
  expect(await namespace.delete({ scope, versions: read })).toBe(2500);
  expect(await namespace.count({ scope })).toBe(500);
  expect(await namespace.delete({ scope, versions: read })).toBe(0);
  expect(await namespace.delete({ scope, ids })).toBe(500);
});

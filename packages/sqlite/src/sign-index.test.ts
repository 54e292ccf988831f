import { type Manifest, namespaceKey, noExpiry, scopeFilter } from "@loci/core/store";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "./database-folder.fixture.ts";
import { sqlite } from "./sqlite-store.ts";

const dimensions = 8;
const identity = { kind: "organization", deployment: "signs", orgId: "acme", generation: 1 } as const;
const key = namespaceKey(identity);
const manifest: Manifest = { ...identity, scheme: 1, embedder: { id: "test", dimensions }, createdAt: 0 };
const scope = scopeFilter({}, "within");

it("compares every vector where candidates by signs would be most of them", { timeout: 60_000 }, async () => {
  const store = sqlite({ directory: temporaryFolder() });
  onTestFinished(() => store.close());
  let state = 3;
  const random = () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const unit = (values: readonly number[]) => {
    const length = Math.hypot(...values);
    return Float32Array.from(values, (value) => value / length);
  };
  const vectors = Array.from({ length: 1001 }, () =>
    unit(Array.from({ length: dimensions }, () => random() - 0.5)),
  );
  const namespace = await store.open({ key, create: manifest });
  await namespace.upsert({
    records: vectors.map((vector, index) => ({
      ...{
        id: `id-${index}`,
        namespace: key,
        scopeKey: { user: "", agent: "", run: "" },
        payload: "",
        vector,
      },
      fields: { $createdAt: index, $validFrom: 0, $validTo: noExpiry, $expiresAt: noExpiry },
      keywords: { own: [], before: [], after: [] },
    })),
  });
  const dot = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  const missed = [];
  for (let query = 0; query < 40; query++) {
    // Of most dimensions it says nothing, and their signs are noise.
    const vector = unit(Array.from({ length: dimensions }, (_, index) => (index < 2 ? random() - 0.5 : 0)));
    const best = Math.max(...vectors.map((one) => dot(one, vector)));
    const [hit] = await namespace.search({ scope, vector, limit: 199 });
    if (Math.abs((hit?.score ?? 0) - best) > 1e-4) missed.push([hit?.score, best]);
  }
  expect(missed).toEqual([]);
});

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are pieces of code.

/** Mutants that are as right as what they were made of, by the reason. */
const byReason: Readonly<Record<string, readonly string[]>> = {
  "No record has the version of nothing: both sides compare the same.": [
    'packages/core/src/store/in-memory-store.ts: expected === "absent" → false',
    'test-suites/saboteurs/src/right-store.ts: expected === "absent" → false',
  ],
  "A namespace that does not order its writes is right: core writes what leads in a call of its own.": [
    "packages/core/src/store/in-memory-store.ts: true → false (3)",
    "packages/core/src/store/namespace-of-driver.ts: true → false",
    "packages/core/src/store/namespace-of-driver.ts: { ordersWrites: true } → {}",
  ],
  "When the event loop goes on with other work changes no answer: slices are for those who wait.": [
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → true",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → true (2)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → true (3)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → true (4)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → true (5)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → true (6)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → true (7)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → false",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → false (2)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → false (3)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → false (4)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → false (5)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → false (6)",
    "packages/core/src/store/in-memory-store.ts: isTurnOver() → false (7)",
  ],
  "A listing sorts again, or counts changes the other way round: it answers the same.": [
    "packages/core/src/store/in-memory-store.ts: this.#newest → false",
    "packages/core/src/store/in-memory-store.ts: changes === this.#changes → false",
    "packages/core/src/store/in-memory-store.ts: this.#changes += 1 → this.#changes -= 1",
    "packages/core/src/store/in-memory-store.ts: this.#changes += 1 → this.#changes -= 1 (2)",
  ],
  "No score of words is negative.": ["crossed: clamps-scores in searchText"],
  "A version only has to differ from every other one.": [
    "packages/core/src/store/in-memory-store.ts: this.#written += 1 → this.#written -= 1",
    "test-suites/saboteurs/src/right-store.ts: space.written += 1 → space.written -= 1",
  ],
  "What an error carries beside its class is no promise of stores.": [
    "packages/core/src/store/in-memory-store.ts: { namespace: this.#key, } → {}",
    "test-suites/saboteurs/src/right-store.ts: { namespace: key } → {}",
  ],
  "A harness without a second store is right, and the verdict says so.": [
    "test-suites/saboteurs/src/right-store.ts: { return new (this.constructor as typeof RightStore)(this.spaces); } → {}",
  ],
  "A closed store refuses every call: what it has freed, nobody can ask for.": [
    "packages/core/src/store/in-memory-store.ts: async () => namespaces.clear() → () => undefined",
  ],
  "What passes the check was made by the kit, and has the form of a position.": [
    'packages/core/src/store/list-cursor.ts: [] → ["Stryker was here"]',
    'packages/core/src/store/list-cursor.ts: typeof createdAt === "number" && (typeof tie === "string" || typeof tie === "number") → true',
    'packages/core/src/store/list-cursor.ts: typeof createdAt === "number" && (typeof tie === "string" || typeof tie === "number") → typeof createdAt === "number" || typeof tie === "string" || typeof tie === "number"',
    'packages/core/src/store/list-cursor.ts: typeof createdAt === "number" → true',
    'packages/core/src/store/list-cursor.ts: typeof tie === "string" || typeof tie === "number" → true',
    'packages/core/src/store/list-cursor.ts: typeof tie === "string" → false',
    'packages/core/src/store/list-cursor.ts: typeof tie === "string" → typeof tie !== "string"',
  ],
  "The in-memory store answers by ids itself: the kit lists nothing for it.": [
    "packages/core/src/store/namespace-of-driver.ts: !last || page.length < pageSize → !last && page.length < pageSize",
    "packages/core/src/store/namespace-of-driver.ts: !last || page.length < pageSize → false",
    "packages/core/src/store/namespace-of-driver.ts: !last || page.length < pageSize → true",
    "packages/core/src/store/namespace-of-driver.ts: !last → last",
    "packages/core/src/store/namespace-of-driver.ts: ({ record }) => record → () => undefined",
    "packages/core/src/store/namespace-of-driver.ts: -1 → +1",
    'packages/core/src/store/namespace-of-driver.ts: [] → ["Stryker was here"] (3)',
    "packages/core/src/store/namespace-of-driver.ts: for (let after: ListPosition | undefined; ; ) { query.signal…; after = positionOf(last); } → for (let after: ListPosition | undefined; false;) { query.si…; after = positionOf(last); }",
    "packages/core/src/store/namespace-of-driver.ts: namespace.get?.({ ...given, vectors }) ?? listAll({ ...given, vectors }) → namespace.get?.({ ...given, vectors }) && listAll({ ...given, vectors })",
    "packages/core/src/store/namespace-of-driver.ts: namespace.get?.({ ...given, vectors }) → namespace.get({ ...given, vectors })",
    "packages/core/src/store/namespace-of-driver.ts: page.length < pageSize → false",
    "packages/core/src/store/namespace-of-driver.ts: page.length < pageSize → page.length <= pageSize",
    "packages/core/src/store/namespace-of-driver.ts: page.length < pageSize → page.length >= pageSize",
    "packages/core/src/store/namespace-of-driver.ts: query.signal.throwIfAborted(); → ;",
    "packages/core/src/store/namespace-of-driver.ts: { ...given, vectors } → {} (2)",
    "packages/core/src/store/namespace-of-driver.ts: { ...query, limit: pageSize, after } → {}",
    "packages/core/src/store/namespace-of-driver.ts: { const records: StoredRecord[] = []; for (let after: ListPo…after = positionOf(last); } } → {}",
    "packages/core/src/store/namespace-of-driver.ts: { query.signal.throwIfAborted(); const page = await namespac…; after = positionOf(last); } → {}",
  ],
  "The in-memory store leaves nothing behind, and has no residue to ask for.": [
    "packages/core/src/store/namespace-of-driver.ts: (own) => residue.call(namespace, { signal: own }) → () => undefined",
    "packages/core/src/store/namespace-of-driver.ts: ({ signal }) => call(signal, (own) => residue.call(namespace, { signal: own })) → () => undefined",
    "packages/core/src/store/namespace-of-driver.ts: { residue: ({ signal }) => call(signal, (own) => residue.cal…amespace, { signal: own })) } → {}",
    "packages/core/src/store/namespace-of-driver.ts: { signal: own } → {}",
  ],
  "The in-memory store takes any number of ids and versions at once: the signal was looked at before.": [
    "packages/core/src/store/namespace-of-driver.ts: own.throwIfAborted(); → ;",
    "packages/core/src/store/namespace-of-driver.ts: signal.throwIfAborted(); → ;",
  ],
  "A version that is named twice is deleted once, in one list or in two.": [
    "packages/core/src/store/namespace-of-driver.ts: (list) => !list.has(identity) → () => undefined",
    "packages/core/src/store/namespace-of-driver.ts: (list) => list.get(identity)?.version === one.version → () => undefined",
    "packages/core/src/store/namespace-of-driver.ts: free → false",
    "packages/core/src/store/namespace-of-driver.ts: list.get(identity)?.version === one.version → false",
    "packages/core/src/store/namespace-of-driver.ts: lists.some((list) => list.get(identity)?.version === one.version) → false",
  ],
  "A cursor of another namespace, or a broken one, may be refused, or be answered with what is one's own.": [
    "packages/core/src/store/list-cursor.ts: cursor.slice(0, checkLength) === checkOf(key, position) → true",
    'packages/core/src/store/list-cursor.ts: throw new InvalidCursorError( "The cursor is broken, or belo… again without a cursor.", ); → ;',
  ],
  "In memory, whoever saw nothing creates before anybody looks again.": [
    "packages/core/src/store/in-memory-store.ts: !namespaces.has(key) → true",
  ],
  "The vector of a query is as wide as the manifest says.": [
    "packages/core/src/store/namespace-of-driver.ts: vector.length === manifest.embedder?.dimensions → true",
  ],
  "A search for no terms finds nothing in memory anyway.": [
    "packages/core/src/store/namespace-of-driver.ts: terms.length > 0 → terms.length >= 0",
    "packages/core/src/store/namespace-of-driver.ts: terms.length > 0 → true",
  ],
  "Of a test nothing is asked but whether it holds.": [
    "packages/core/src/store/scan-dialect.ts: () => false → () => undefined",
  ],
  "Names of records are unique: none equals another.": [
    "test-suites/saboteurs/src/right-store.ts: a.name < b.name → a.name <= b.name",
  ],
  "The kit cuts a page to its limit.": [
    "packages/core/src/store/in-memory-store.ts: page.length === limit → false",
  ],
  "Where no level of a scope is named, every scope of the table matches.": [
    "packages/core/src/store/compile-predicate.ts: dialect.scope && levels.length > 0 → dialect.scope || levels.length > 0",
    "packages/core/src/store/compile-predicate.ts: dialect.scope && levels.length > 0 → true",
    "packages/core/src/store/compile-predicate.ts: levels.length > 0 → levels.length >= 0",
    "packages/core/src/store/compile-predicate.ts: levels.length > 0 → true",
  ],
  "Core makes no such filter.": [
    "packages/core/src/store/compile-predicate.ts: default: throw unknown(`the type ${JSON.stringify((filter as { type: unknown }).type)}`); → default:",
    "packages/core/src/store/compile-predicate.ts: filter.filters.length === 0 → false",
    'packages/core/src/store/compile-predicate.ts: filter.type === "range" && !Object.hasOwn(inverse, filter.operator) → false',
    "packages/core/src/store/compile-predicate.ts: { return new TypeError(`A filter has ${what}, which core doe…hat parseFilter returns.`); } → {}",
  ],
  "A list of nothing is nothing in SQLite, too.": [
    "packages/core/src/store/compile-predicate.ts: ids.length > 0 → ids.length >= 0",
    "packages/sqlite/src/dialect.ts: values.length > 0 → values.length >= 0 (2)",
    "packages/sqlite/src/dialect.ts: values.length > 0 → true (2)",
    "packages/core/src/store/compile-predicate.ts: ids.length > 0 → true",
  ],
  "A conjunction of one part is the part.": [
    "packages/core/src/store/compile-predicate.ts: only !== undefined && parts.length === 1 → false",
    "packages/core/src/store/compile-predicate.ts: only !== undefined → only === undefined",
    "packages/core/src/store/compile-predicate.ts: only !== undefined → true",
    "packages/core/src/store/compile-predicate.ts: parts.length === 1 → false",
  ],
  "How SQLite looks something up, by which table or index or text, is seen in no answer.": [
    'packages/sqlite/src/dialect.ts: (value) => typeof value === "string" → () => undefined',
    "packages/sqlite/src/dialect.ts: ({ narrow }) => narrow → () => undefined",
    'packages/sqlite/src/dialect.ts: [] → ["Stryker was here"]',
    'packages/sqlite/src/dialect.ts: column === "expires_at" → column !== "expires_at"',
    'packages/sqlite/src/dialect.ts: column === "expires_at" → false',
    'packages/sqlite/src/dialect.ts: column === "id" → false',
    'packages/sqlite/src/dialect.ts: column === "valid_to" || column === "expires_at" → column === "valid_to" && column === "expires_at"',
    'packages/sqlite/src/dialect.ts: column === "valid_to" || column === "expires_at" → false',
    'packages/sqlite/src/dialect.ts: column === "valid_to" || column === "expires_at" → true',
    'packages/sqlite/src/dialect.ts: column === "valid_to" → column !== "valid_to"',
    'packages/sqlite/src/dialect.ts: column === "valid_to" → false',
    'packages/sqlite/src/dialect.ts: comparison.type === "in" → false',
    "packages/sqlite/src/dialect.ts: false → true",
    "packages/sqlite/src/dialect.ts: false → true (3)",
    "packages/sqlite/src/dialect.ts: true → false",
    'packages/sqlite/src/dialect.ts: typeof value === "string" → false',
    "packages/sqlite/src/dialect.ts: value === 0 → false",
    'packages/sqlite/src/dialect.ts: values.every((value) => typeof value === "string") → values.some(value => typeof value === "string")',
    'packages/sqlite/src/dialect.ts: values.length <= 4 && values.every((value) => typeof value === "string") → false',
    "packages/sqlite/src/dialect.ts: values.length <= 4 → true",
    "packages/sqlite/src/dialect.ts: values.length <= 4 → values.length < 4",
    "packages/sqlite/src/dialect.ts: values.length <= 4 → values.length > 4",
    "packages/sqlite/src/dialect.ts: values.length > 0 && isFew → false",
  ],
};

/** Mutants that no case can see, since there is nothing to see. */
export const equivalentMutants: ReadonlyMap<string, string> = new Map(
  Object.entries(byReason).flatMap(([reason, ids]) => ids.map((id) => [id, reason])),
);

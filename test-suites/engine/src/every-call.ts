import { LociError, type Memory, type MemoryScope, type Organization, type VectorStore } from "@loci/core";

/** A store whose every use is counted, so that a test can tell that nothing was asked of it. */
export function counting(store: VectorStore): { readonly store: VectorStore; readonly uses: () => number } {
  let uses = 0;
  const counted = new Proxy(store, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property);
      if (typeof value !== "function") return value;
      return (...parameters: unknown[]) => {
        uses += 1;
        return Reflect.apply(value, target, parameters);
      };
    },
  });
  return { store: counted, uses: () => uses };
}

type Call = (argument: Record<string, unknown>) => Promise<unknown>;

/** Calls methods of an object, untyped on purpose: this is what JavaScript callers and parsed JSON do. */
function loosely(target: object): (name: string, ...first: unknown[]) => Call {
  const methods = target as unknown as Record<string, (...parameters: unknown[]) => Promise<unknown>>;
  return (name, ...first) =>
    async (last) =>
      (methods[name] as (...parameters: unknown[]) => Promise<unknown>).call(target, ...first, last);
}

/** Every method with a valid first argument; the given object is its scope and options. */
export function flatCalls(memory: Memory): Record<string, Call> {
  const call = loosely(memory);
  return {
    add: call("add", "a text"),
    search: call("search", "a query"),
    context: call("context", "a query"),
    get: call("get", "an-id"),
    list: call("list"),
    count: call("count"),
    update: call("update", "an-id", { text: "new" }),
    delete: call("delete", "an-id"),
    deleteAll: call("deleteAll"),
    history: call("history", "an-id"),
    scope: call("scope"),
  };
}

/** The same for a handle of one scope; the given object is its options. */
export function boundCalls(handle: MemoryScope): Record<string, Call> {
  const call = loosely(handle);
  return {
    add: call("add", "a text"),
    search: call("search", "a query"),
    context: call("context", "a query"),
    get: call("get", "an-id"),
    getMany: call("getMany", ["an-id"]),
    list: call("list"),
    count: call("count"),
    update: call("update", "an-id", { text: "new" }),
    updateMany: call("updateMany", [{ id: "an-id", text: "new" }]),
    delete: call("delete", "an-id"),
    deleteMany: call("deleteMany", ["an-id"]),
    deleteAll: call("deleteAll"),
    history: call("history", "an-id"),
    export: call("export"),
    forget: call("forget"),
    planForget: call("planForget"),
    pending: call("pending"),
    extractPending: call("extractPending"),
  };
}

/** The same for the handle of an organization. */
export function organizationCalls(organization: Organization): Record<string, Call> {
  const call = loosely(organization);
  return {
    onboard: call("onboard"),
    offboard: call("offboard"),
    planOffboarding: call("planOffboarding"),
    export: call("export"),
    import: call("import", new Blob([]).stream()),
    move: call("move"),
    reembed: call("reembed"),
    planReembedding: call("planReembedding"),
    confirm: call("confirm"),
    revert: call("revert"),
    rotateKey: call("rotateKey"),
    cancelMigration: call("cancelMigration"),
    namespaces: call("namespaces"),
    scopes: call("scopes"),
  };
}

/** The code of the error that a call ends with. */
export async function codeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    return LociError.isInstance(error) ? error.code : `not a Loci error: ${String(error)}`;
  }
  return "no error";
}

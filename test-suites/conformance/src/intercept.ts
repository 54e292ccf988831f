/** What happens around one call: `call` makes it, and what is returned is the answer. */
export type Around = (name: string, args: readonly unknown[], call: () => unknown) => unknown;

/** What these return has methods of its own, which are intercepted as well. */
const openers: readonly string[] = ["open", "scope", "organization"];

/**
 * The same object, whose methods all go through one function, and those of what it opens: a store's namespaces, a memory's scopes.
 * What the object has not, the other one has not either. One object has one interceptor: they can be compared.
 */
export function intercept<T extends object>(target: T, around: Around): T {
  const known = new WeakMap<object, object>();
  const opened = (value: unknown): unknown => {
    if (value instanceof Promise) return value.then(opened);
    return typeof value === "object" && value !== null ? wrap(value) : value;
  };
  const wrap = (inner: object): object => {
    const before = known.get(inner);
    if (before) return before;
    const methods = new Map<string, unknown>();
    const read = (name: string | symbol): unknown => {
      const value: unknown = Reflect.get(inner, name, inner);
      if (typeof value !== "function" || typeof name === "symbol" || name === "constructor") return value;
      const method =
        methods.get(name) ??
        ((...args: unknown[]) => {
          const answer = around(name, args, () => Reflect.apply(value, inner, args));
          return openers.includes(name) ? opened(answer) : answer;
        });
      methods.set(name, method);
      return method;
    };
    // The proxy stands before an empty object: a frozen one would have to be shown as it is.
    const proxy = new Proxy<object>(
      {},
      {
        get: (_, name) => read(name),
        has: (_, name) => Reflect.has(inner, name),
        set: (_, name, value) => {
          methods.delete(String(name));
          return Reflect.set(inner, name, value);
        },
        ownKeys: () => Reflect.ownKeys(inner),
        getPrototypeOf: () => Reflect.getPrototypeOf(inner),
        getOwnPropertyDescriptor: (_, name) => {
          const own = Reflect.getOwnPropertyDescriptor(inner, name);
          return (
            own && {
              value: read(name),
              enumerable: own.enumerable === true,
              configurable: true,
              writable: true,
            }
          );
        },
      },
    );
    known.set(inner, proxy);
    return proxy;
  };
  return wrap(target) as T;
}

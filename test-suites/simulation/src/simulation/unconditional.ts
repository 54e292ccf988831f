import type { OperationContext } from "../../../../packages/core/src/guard/operation-context.ts";

/** The context of an operation whose writes expect nothing of what they replace. */
export function unconditional(context: OperationContext): OperationContext {
  const { namespace } = context;
  const wrong = new Proxy(namespace, {
    get(target, name) {
      if (name === "upsert")
        return ({ records, ...rest }: Parameters<typeof target.upsert>[0]) =>
          target.upsert({ records: records.map(({ expected: _, ...record }) => record), ...rest });
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { ...context, namespace: wrong, current: async () => unconditional(await context.current()) };
}

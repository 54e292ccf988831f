import { intercept } from "./intercept.ts";

interface Call {
  readonly number: number;
  readonly name: string;
  readonly args: readonly unknown[];
}

/** What a case has called, so that a failure can say where it stood. */
export class CaseSteps {
  /** How many calls of the store and the memory the case has made. */
  count = 0;
  /** The keys of the namespaces that it was to make. */
  readonly #made = new Set<unknown>();
  #last: Call | undefined;
  #named = "";
  readonly #failed = new WeakMap<object, Call>();

  /** How many namespaces the case has made, or tried to make. */
  get namespaces(): number {
    return this.#made.size;
  }

  /** Names what the case does from now on. */
  begin(name: string): void {
    this.#named = name;
  }

  /** The same store or memory, whose calls are steps. */
  watch<T extends object>(target: T): T {
    return intercept(target, (name, args, send) => {
      this.count += 1;
      const call: Call = { number: this.count, name, args };
      this.#last = call;
      if (name === "open") this.#noteOpen(args[0]);
      const failed = (error: unknown): never => {
        if (typeof error === "object" && error !== null && !this.#failed.has(error))
          this.#failed.set(error, call);
        throw error;
      };
      try {
        const answer = send();
        return answer instanceof Promise ? answer.catch(failed) : answer;
      } catch (error) {
        return failed(error);
      }
    });
  }

  #noteOpen(request: unknown): void {
    const { key, create } = Object(request) as { readonly key?: unknown; readonly create?: unknown };
    if (create !== undefined) this.#made.add(key);
  }

  /** The call that an error came from, else the last one. */
  at(error: unknown): string | undefined {
    const own = typeof error === "object" && error !== null ? this.#failed.get(error) : undefined;
    const call = own ?? this.#last;
    const said = call && `call ${call.number}, ${call.name}${call.args.map(describe).join("")}`;
    return [this.#named, said].filter(Boolean).join(": ") || undefined;
  }
}

/** Names what a call was given, with what can be said in a word. */
function describe(argument: unknown): string {
  if (typeof argument === "string") return ` ${JSON.stringify(argument.slice(0, 60))}`;
  if (typeof argument !== "object" || argument === null) return ` ${String(argument)}`;
  const parts = Object.entries(argument).flatMap(([name, value]) => {
    if (value === undefined) return [];
    if (Array.isArray(value)) return [`${value.length} ${name}`];
    return typeof value === "number" || typeof value === "boolean" ? [`${name} ${value}`] : [name];
  });
  return parts.length > 0 ? ` (${parts.join(", ")})` : "";
}

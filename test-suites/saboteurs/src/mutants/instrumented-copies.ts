import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const mark = "instrumented";

/**
 * Imports copies of modules, in which instrumented files stand in for their originals. The suite, and what it compares stores
 * with, go on using the originals.
 */
export class InstrumentedCopies {
  readonly #sources: ReadonlyMap<string, string>;

  /**
   * @param sources the instrumented files, by their paths
   * @param isCopied whether a file is copied, where a copy imports it
   */
  constructor(sources: ReadonlyMap<string, string>, isCopied: (path: string) => boolean) {
    this.#sources = sources;
    registerHooks({
      resolve(specifier, context, next) {
        const resolved = next(specifier, context);
        const copy = context.parentURL && copyOf(context.parentURL);
        if (!copy || !resolved.url.startsWith("file:") || !isCopied(fileURLToPath(resolved.url)))
          return resolved;
        return { ...resolved, url: marked(resolved.url, copy) };
      },
      load: (url, context, next) => {
        const source = copyOf(url) && this.#sources.get(fileURLToPath(url));
        if (!source) return next(url, context);
        return { format: "module-typescript", source, shortCircuit: true };
      },
    });
  }

  /** Imports a module from a copy of its own, or from the one that has this name already. */
  import<T>(path: string, copy: string): Promise<T> {
    return import(marked(pathToFileURL(path).href, copy)) as Promise<T>;
  }
}

function copyOf(url: string): string | undefined {
  return url.startsWith("file:") ? (new URL(url).searchParams.get(mark) ?? undefined) : undefined;
}

function marked(url: string, copy: string): string {
  const one = new URL(url);
  one.searchParams.set(mark, copy);
  return one.href;
}

/** A text that names its writer, so that whoever sees it knows whose it is. */
export interface Canary {
  /** Who wrote it, such as `acme/alice`. */
  readonly writer: string;
  readonly text: string;
}

/** Makes canaries that differ from each other and from everything else. */
export class Canaries {
  readonly #all: Canary[] = [];

  make(writer: string): Canary {
    return this.add(writer, `canary${this.#all.length + 1001}zq`);
  }

  /** Takes what names a writer already: an organization's id, the key of a namespace, a name on the disk. */
  add(writer: string, text: string): Canary {
    const canary = { writer, text };
    this.#all.push(canary);
    return canary;
  }

  /** The canaries in anything that can be written as text: results, errors, cursors. */
  foundIn(surface: unknown): readonly Canary[] {
    const texts = readings(surfaceText(surface));
    return this.#all.filter(({ text }) => texts.some((one) => one.includes(text)));
  }
}

/** A text as it stands, and what somebody who knows base64 reads in it: cursors are often written so. */
function readings(text: string): readonly string[] {
  const encoded = text.match(/[\w+/-]{12,}/g) ?? [];
  return [text, ...encoded.flatMap(decoded)];
}

function decoded(word: string): readonly string[] {
  try {
    return [atob(word.replaceAll("-", "+").replaceAll("_", "/"))];
  } catch {
    return [];
  }
}

/** Everything that a reader could learn from a value, as text; of an error also what is not enumerable. */
export function surfaceText(surface: unknown): string {
  return (
    JSON.stringify(surface, (_, value: unknown) => {
      if (value instanceof Error)
        return { ...value, name: value.name, message: value.message, cause: value.cause };
      if (value instanceof Map) return [...value];
      if (value instanceof Float32Array) return [...value];
      return value;
    }) ?? String(surface)
  );
}

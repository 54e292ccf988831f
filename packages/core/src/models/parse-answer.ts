import { ModelError } from "../errors/model-error.ts";

const maxMisses = 50;

/**
 * Extracts the object from a language model's answer. Models asked for JSON may also think aloud in `<think>` tags,
 * add code fences, and write sentences around the object.
 * @throws ModelError with the problem `invalid-answer`, which carries the text
 * @example
 * ```ts
 * const object = parseAnswer('{"facts": []}', "my-model");
 * ```
 */
export function parseAnswer(answer: string, model: string): unknown {
  const withoutThoughts = answer
    .replace(/<(think|thinking|reasoning)>[\s\S]*?<\/\1>/gi, "")
    // Some servers strip the opening tag.
    .replace(/^[\s\S]*<\/(think|thinking|reasoning)>/i, "")
    .trim();
  for (const candidate of candidates(withoutThoughts)) {
    try {
      const value: unknown = JSON.parse(candidate);
      // Some models write the object as a text of JSON.
      const object: unknown = typeof value === "string" ? JSON.parse(value) : value;
      if (typeof object === "object" && object !== null) return object;
    } catch {
      // Try the next candidate.
    }
  }
  throw new ModelError(
    `Language model "${model}" did not answer with a JSON object: ${JSON.stringify(answer.slice(0, 200))}.`,
    { model, problem: "invalid-answer", answer },
  );
}

function* candidates(text: string): Generator<string> {
  yield text;
  for (const [, fenced = ""] of text.matchAll(/```\w*\s*([\s\S]*?)```/g)) yield fenced;
  // The last complete object first: text before it is the model's reasoning.
  const objects: string[] = [];
  let start = text.indexOf("{");
  // Limits the work for a text of many opening braces.
  for (let misses = 0; start >= 0 && misses < maxMisses; ) {
    const end = endOfObject(text, start);
    if (end === undefined) misses++;
    else objects.push(text.slice(start, end));
    start = text.indexOf("{", end ?? start + 1);
  }
  yield* objects.reverse();
}

/** The end of the object that starts here, by its braces outside strings. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return at + 1;
  }
  return undefined;
}

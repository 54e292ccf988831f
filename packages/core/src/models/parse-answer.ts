import { ModelError } from "../errors/model-error.ts";

const maxMisses = 50;

/**
 * The object in what a language model wrote. Models that were asked for JSON also think aloud in `<think>` tags, put
 * fences around it, and say a sentence before and after it: the object is what remains.
 * @throws ModelError with the problem `invalid-answer`, which carries the text
 */
export function parseAnswer(answer: string, model: string): unknown {
  const spoken = answer
    .replace(/<(think|thinking|reasoning)>[\s\S]*?<\/\1>/gi, "")
    // A server may keep the opening tag to itself.
    .replace(/^[\s\S]*<\/(think|thinking|reasoning)>/i, "")
    .trim();
  for (const candidate of candidates(spoken)) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (typeof value === "object" && value !== null) return value;
    } catch {
      // Not this one.
    }
  }
  throw new ModelError(
    `Language model "${model}" answered with something that is no JSON object: ${JSON.stringify(answer.slice(0, 200))}.`,
    { model, problem: "invalid-answer", answer },
  );
}

function* candidates(text: string): Generator<string> {
  yield text;
  for (const [, fenced = ""] of text.matchAll(/```\w*\s*([\s\S]*?)```/g)) yield fenced;
  // The last object that stands on its own: what comes before it is how the model came to it.
  const objects: string[] = [];
  let start = text.indexOf("{");
  // A text of nothing but opening braces is not read from each of them.
  for (let misses = 0; start >= 0 && misses < maxMisses; ) {
    const end = endOfObject(text, start);
    if (end === undefined) misses++;
    else objects.push(text.slice(start, end));
    start = text.indexOf("{", end ?? start + 1);
  }
  yield* objects.reverse();
}

/** Where the object that starts here ends, going by its braces outside strings. */
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

import type { LanguageModel } from "@loci/core";
import type { GenerateRequest } from "@loci/core/model";

/** What one call said to the model, as far as it is data. */
export interface ExtractedWindow {
  readonly system: string;
  readonly known: readonly { readonly memory: number; readonly since: string; readonly text: string }[];
  readonly messages: readonly {
    readonly message: number;
    readonly date: string;
    readonly by: string;
    readonly name?: string;
    readonly text: string;
  }[];
  readonly request: GenerateRequest;
}

/** Answers one call: with an object, or by throwing. */
export type Script = (heard: ExtractedWindow, call: number) => unknown;

/**
 * A fake language model, which answers by script. It shows what the pipeline does with answers, and says nothing
 * about any model.
 */
export function fakeScriptedModel(
  script: Script,
  contextTokens = 4096,
): LanguageModel & { readonly calls: ExtractedWindow[] } {
  const calls: ExtractedWindow[] = [];
  return {
    specVersion: 1,
    id: "fake-scripted",
    calls,
    describe: async () => ({ contextTokens }),
    async generate(request) {
      request.signal?.throwIfAborted();
      const heard = read(request);
      calls.push(heard);
      const object = await script(heard, calls.length);
      return { object, usage: { inputTokens: 100, outputTokens: 10 } };
    },
  };
}

/** A model that takes each message for a fact. */
export function fakeParrot(contextTokens?: number): ReturnType<typeof fakeScriptedModel> {
  return fakeScriptedModel(
    ({ messages }) => ({
      facts: messages.map(({ message, text }) => ({ text: text.slice(0, 1000), message, replaces: 0 })),
      removes: [],
    }),
    contextTokens,
  );
}

/** Reads a prompt as a careful model would: by its tags, and line by line. */
function read(request: GenerateRequest): ExtractedWindow {
  const [system, user] = request.messages;
  const between = (tag: string) => {
    const parts = (user?.content ?? "").split(new RegExp(`^</?${tag}>$`, "m"));
    if (parts.length !== 3)
      throw new Error(`The prompt has not one <${tag}>, but ${(parts.length - 1) / 2}.`);
    return (parts[1] ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  };
  return {
    system: system?.content ?? "",
    known: between("known"),
    messages: between("conversation"),
    request,
  };
}

/** One fact of an answer. */
export function fact(text: string, replaces = 0, message = 1): object {
  return { text, message, replaces };
}

/** The answer of a model that found nothing. */
export const nothing: { readonly facts: []; readonly removes: [] } = { facts: [], removes: [] };

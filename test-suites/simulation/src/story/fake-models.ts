import {
  defineKeyProvider,
  type Embedder,
  type KeyProvider,
  type LanguageModel,
  type MasterKeys,
} from "@loci/core";
import type { Extractor } from "@loci/core/model";
import { canariesIn, fakeCanaryEmbedder, type Gate } from "./canary.ts";

const straight: Gate = (_, run) => run();

/** The two fake embedders that every process knows, by their names. */
export function fakeEmbedders(gate: Gate = straight): Readonly<Record<string, Embedder>> {
  return Object.fromEntries(["fake-one", "fake-two"].map((id) => [id, fakeCanaryEmbedder(id, gate)]));
}

/** A fake language model: it is asked by the fake extractor alone. */
export function fakeLanguageModel(gate: Gate = straight): LanguageModel {
  return {
    specVersion: 1,
    id: "fake-scripted",
    describe: async () => ({ contextTokens: 4096 }),
    generate: ({ signal }) =>
      gate(
        () => "ask the language model",
        async () => ({ object: {}, usage: { inputTokens: 1, outputTokens: 1 } }),
        signal,
      ),
  };
}

/** A fake extractor: each message is a fact, and some of them replace the nearest known one. */
export const fakeExtractor: Extractor = {
  id: "fake-script",
  overheadTokens: 0,
  async extract({ messages, known, languageModel, signal }) {
    const { usage } = await languageModel.generate({
      messages: [],
      schema: {},
      ...(signal ? { signal } : {}),
    });
    const facts = messages.map(({ number, text }) => ({
      message: number,
      text,
      replaces: known.length > 0 && (canariesIn(text)[0] ?? 0) % 3 === 0 ? 1 : 0,
    }));
    return { object: { facts, removes: [] }, usage };
  },
};

/** A fake key provider on masters that all processes share. */
export function fakeKeys(masters: Map<string, Uint8Array>, gate: Gate = straight): KeyProvider {
  return defineKeyProvider("fake-vault", sharedMasters(masters, gate));
}

function sharedMasters(masters: Map<string, Uint8Array>, gate: Gate): MasterKeys {
  const nameOf = (owner: object) => JSON.stringify(owner);
  return {
    find: (owner, { signal }) =>
      gate(
        () => "find the master key",
        async () => masters.get(nameOf(owner)),
        signal,
      ),
    add: (owner, master, { signal }) =>
      gate(
        () => "add a master key",
        async () => {
          const first = masters.get(nameOf(owner)) ?? master;
          masters.set(nameOf(owner), first);
          return first;
        },
        signal,
      ),
    destroy: (owner, { signal }) =>
      gate(
        () => "destroy the master key",
        async () => void masters.delete(nameOf(owner)),
        signal,
      ),
  };
}

/** A process of a storm: makes the calls that its parent sends, and is killed at any moment. */
import { appendFileSync } from "node:fs";
import type { VectorStore } from "@loci/core";
import { Memory } from "@loci/core/testing";
import { fileKeys } from "@loci/sqlite";
import type { Call } from "../story/call.ts";
import { fakeEmbedders, fakeExtractor, fakeLanguageModel } from "../story/fake-models.ts";
import { perform } from "../story/perform.ts";
import { cells, openStore } from "./storm-stores.ts";

const [name = "", url = "", log = "", keyFolder = ""] = process.argv.slice(2);
const embedders = fakeEmbedders();
let memory: Memory | undefined;
const aborts = new Map<number, AbortController>();

/** One for all rounds: each would have connections of its own. */
const [here, there] = cells.map((cell) => noting(openStore(name, url, cell), cell));

/** A memory of one round: each round is a deployment of its own. */
function open({ name: deployment, hasKeys }: Deployment): Memory {
  const { "fake-one": embedder, "fake-two": former } = embedders;
  if (!embedder || !former || !here || !there) throw new Error("A part of the memory is missing.");
  return new Memory({
    cells: { here: { store: here }, there: { store: there } },
    registry: here,
    deployment,
    embedder,
    formerEmbedders: [former],
    languageModel: fakeLanguageModel(),
    extractor: fakeExtractor,
    ...(hasKeys ? { keys: fileKeys({ directory: keyFolder }) } : {}),
  });
}

/** Notes every namespace before it is made, in a file: what a killed process has sent may be lost. */
function noting(store: VectorStore, cell: string): VectorStore {
  return {
    ...store,
    open: (request) => {
      if (request.create) appendFileSync(log, `${request.key} ${cell}\n`);
      return store.open(request);
    },
  };
}

process.on("message", async (message: Order) => {
  if (message.kind === "open") memory = open(message.deployment);
  if (message.kind === "abort") aborts.get(message.number)?.abort(new Error("The caller has aborted."));
  if (message.kind !== "call" || !memory) return;
  const abort = new AbortController();
  aborts.set(message.number, abort);
  const answer = await perform({ memory, embedders }, message.call, abort.signal);
  aborts.delete(message.number);
  process.send?.({ number: message.number, answer }, ignore);
});
/** Its parent may have killed it. */
function ignore(): void {}

process.on("disconnect", () => process.exit());
process.send?.({ isReady: true }, ignore);

/** What one round works on. */
export interface Deployment {
  readonly name: string;
  /** Whether memories are encrypted. */
  readonly hasKeys: boolean;
}

/** What a parent asks of its process. */
export type Order =
  | { readonly kind: "open"; readonly deployment: Deployment }
  | { readonly kind: "call"; readonly number: number; readonly call: Call }
  | { readonly kind: "abort"; readonly number: number };

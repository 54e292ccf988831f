import type { InstalledModel } from "@loci/ollama";

/** What the models of a local Ollama are called, as the acts take them. */
export interface Chosen {
  readonly LOCI_QUICKSTART_EMBEDDER: string;
  readonly LOCI_QUICKSTART_MODEL: string;
}

/** Small enough for a laptop, the better ones first. */
const favourites = {
  embedder: ["nomic-embed-text", "embeddinggemma", "qwen3-embedding", "bge-m3", "mxbai-embed-large"],
  "language model": ["qwen3:4b", "qwen3", "gemma3", "llama3.2", "mistral"],
};

/** Picks an embedder and a language model among those that are installed, or says which to pull. */
export async function chooseModels(): Promise<Chosen | string> {
  // Without `--ollama` the package is not even installed.
  const { ollama } = await import("@loci/ollama");
  const installed = await ollama.installed().catch((error: Error) => error.message);
  if (typeof installed === "string") return installed;
  const embedder = pick(installed, "embedder");
  const model = pick(installed, "language model");
  if (embedder && model) return { LOCI_QUICKSTART_EMBEDDER: embedder, LOCI_QUICKSTART_MODEL: model };
  const missing = [
    ...(embedder ? [] : [`no embedder: ollama pull ${favourites.embedder[0]}`]),
    ...(model ? [] : [`no language model: ollama pull ${favourites["language model"][0]}`]),
  ];
  return `Ollama runs, but it has ${missing.join(", and ")}`;
}

function pick(installed: readonly InstalledModel[], kind: InstalledModel["kind"]): string | undefined {
  const able = installed.filter((model) => model.kind === kind).map(({ model }) => model);
  const favourite = favourites[kind].map((name) => able.find((model) => model.startsWith(name)));
  return favourite.find((model) => model !== undefined) ?? able[0];
}

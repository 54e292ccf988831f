import type { Embedder, LanguageModel } from "loci";

const { LOCI_QUICKSTART_EMBEDDER, LOCI_QUICKSTART_MODEL } = process.env;

// Without `--ollama` the package is not even installed.
const ollama = LOCI_QUICKSTART_EMBEDDER ? (await import("@loci/ollama")).ollama : undefined;

/** Of Ollama with `--ollama`; else none, and search is by keyword. */
export const embedder: Embedder | null =
  ollama && LOCI_QUICKSTART_EMBEDDER ? ollama.embedder(LOCI_QUICKSTART_EMBEDDER) : null;
/** Of Ollama with `--ollama`. */
export const languageModel: LanguageModel | undefined =
  ollama && LOCI_QUICKSTART_MODEL ? ollama(LOCI_QUICKSTART_MODEL) : undefined;

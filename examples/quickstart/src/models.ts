import { ollama } from "@loci/ollama";
import type { Embedder, LanguageModel } from "loci";

const { LOCI_QUICKSTART_EMBEDDER, LOCI_QUICKSTART_MODEL } = process.env;

/** Of Ollama with `--ollama`; else none, and search is by keyword. */
export const embedder: Embedder | null = LOCI_QUICKSTART_EMBEDDER
  ? ollama.embedder(LOCI_QUICKSTART_EMBEDDER)
  : null;
/** Of Ollama with `--ollama`. */
export const languageModel: LanguageModel | undefined = LOCI_QUICKSTART_MODEL
  ? ollama(LOCI_QUICKSTART_MODEL)
  : undefined;

/** The parts that a constructor takes. */
export type PartKind = "store" | "embedder" | "languageModel" | "reranker" | "keys";

/** What each part is, and how one gets it. */
const parts: {
  readonly [kind in PartKind]: { readonly is: string; readonly example: string; readonly method: string };
} = {
  store: { is: "a store", example: 'sqlite({ directory: ".loci" })', method: "drop" },
  embedder: { is: "an embedder", example: 'ollama.embedder("nomic-embed-text")', method: "embed" },
  languageModel: { is: "a language model", example: 'ollama("qwen3:4b")', method: "generate" },
  reranker: { is: "a reranker", example: "myReranker()", method: "rerank" },
  keys: { is: "a key provider", example: 'fileKeys({ directory: ".keys" })', method: "destroy" },
};

/** What to do instead, for what people give in the place of a part; undefined where nothing comes to mind. */
export function adviceOnPart(kind: PartKind, value: unknown): string | undefined {
  const { example } = parts[kind];
  if (typeof value === "string") {
    const what = "It is a name";
    if (kind === "embedder") return `${wrap("aiSdk.embedder(model)", what)}, or take ${example}`;
    if (kind === "languageModel") return `${wrap("aiSdk(model)", what)}, or take ${example}`;
    return `${what}: give ${parts[kind].is} itself, such as ${example}`;
  }
  if (typeof value === "function") {
    const isOtherStore = kind === "store" && value.name !== "" && value.name !== "sqlite";
    return `It is a function: call it, as in ${kind}: ${isOtherStore ? `${value.name}(...)` : example}`;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if ("then" in value && typeof value.then === "function") return "It is a promise: await it";
  if (isOfAiSdk(value, "doEmbed"))
    return kind === "embedder"
      ? wrap("aiSdk.embedder(model)", "It is a model of the AI SDK")
      : "It is an embedding model of the AI SDK: give it as embedder, as aiSdk.embedder(model) of @loci/ai-sdk";
  if (isOfAiSdk(value, "doGenerate"))
    return kind === "languageModel"
      ? wrap("aiSdk(model)", "It is a model of the AI SDK")
      : "It is a language model of the AI SDK: give it as languageModel, as aiSdk(model) of @loci/ai-sdk";
  return adviceOnOtherPart(kind, value);
}

/** A part in the place of another. */
function adviceOnOtherPart(kind: PartKind, value: object): string | undefined {
  const other = (Object.keys(parts) as PartKind[]).find(
    (one) => one !== kind && typeof Reflect.get(value, parts[one].method) === "function",
  );
  if (other === undefined) return undefined;
  return `It is ${parts[other].is}: give it as ${other}, and here ${parts[kind].is}, such as ${parts[kind].example}`;
}

function wrap(call: string, what: string): string {
  return `${what}: wrap it, as ${call} of @loci/ai-sdk`;
}

/** Every version of the AI SDK's models has these. */
function isOfAiSdk(value: object, method: "doEmbed" | "doGenerate"): boolean {
  return "modelId" in value && method in value && typeof Reflect.get(value, method) === "function";
}

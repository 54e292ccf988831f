import type { MemoryObserver } from "@loci/core";
import type { Attributes } from "@opentelemetry/api";

/** A call of what the application has given to the memory. */
export type Step = Parameters<NonNullable<MemoryObserver["step"]>>[0];

/**
 * The name and the attributes of a step's span, by OpenTelemetry's semantic conventions: those of generative AI for models
 * (`gen_ai.*`), those of databases for stores (`db.*`). A reranker has no convention: it is one of Loci's own.
 */
export function spanOfStep({ kind, part, method, count }: Step): StepSpan {
  if (kind === "store") {
    const attributes = { "db.system.name": part, "db.operation.name": method };
    return { title: `${method} ${part}`, attributes, kinds: {} };
  }
  const operation = { embed: "embeddings", generate: "chat", rerank: "rerank" }[kind];
  // Models of Loci's adapters are named by provider and model, as in "ollama/qwen3:4b".
  const [provider = "", ...rest] = part.split("/");
  const model = rest.length > 0 ? rest.join("/") : part;
  const kinds = {
    "gen_ai.operation.name": operation,
    "gen_ai.request.model": model,
    ...(rest.length > 0 ? { "gen_ai.provider.name": provider } : {}),
  };
  const attributes = { ...kinds, ...(count === undefined ? {} : { "loci.count.given": count }) };
  return { title: `${operation} ${model}`, attributes, kinds };
}

interface StepSpan {
  readonly title: string;
  readonly attributes: Attributes;
  /** The attributes of its metrics, which are few. */
  readonly kinds: Attributes;
}

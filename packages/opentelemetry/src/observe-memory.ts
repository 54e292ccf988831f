import type { AuditEvent, MemoryObserver } from "@loci/core";
import {
  type Attributes,
  context,
  type Meter,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { type Step, spanOfStep } from "./span-of-step.ts";

const name = "@loci/opentelemetry";

/**
 * Creates a span for each operation of a memory, such as `loci.add`, in the trace of the caller, and in it one for each call of the store,
 * of the embedder, of the language model and of the reranker, with the attributes of OpenTelemetry's conventions for databases and
 * for generative AI. Records the metrics `loci.operation.duration` (seconds), `loci.memories` (how many were found, added, deleted),
 * `gen_ai.client.operation.duration` (seconds) and `gen_ai.client.token.usage`. No span and no metric holds a text.
 * @returns a function that ends the observation
 */
export function observeMemory(
  memory: { observe(observer: MemoryObserver): () => void },
  options: OpenTelemetryOptions = {},
): () => void {
  const { tracer = trace.getTracer(name), meter = metrics.getMeter(name), identifiers = true } = options;
  const { steps = true } = options;
  const duration = meter.createHistogram("loci.operation.duration", {
    unit: "s",
    description: "How long an operation of the memory took.",
  });
  const memories = meter.createCounter("loci.memories", {
    unit: "{memory}",
    description: "Memories that an operation found, wrote or deleted.",
  });
  const modelDuration = meter.createHistogram("gen_ai.client.operation.duration", {
    unit: "s",
    description: "How long a call of a model took.",
  });
  const tokens = meter.createHistogram("gen_ai.client.token.usage", {
    unit: "{token}",
    description: "Tokens that a call of a language model took.",
  });
  return memory.observe({
    operation(started) {
      const { operation, at } = started;
      const attributes = { "loci.operation": operation, ...(identifiers ? scopeAttributes(started) : {}) };
      const span = tracer.startSpan(`loci.${operation}`, {
        kind: SpanKind.INTERNAL,
        startTime: at,
        attributes,
      });
      return {
        within: inside(span),
        ended(event) {
          const { outcome, counts, code } = event;
          const kind = { "loci.operation": operation, "loci.outcome": outcome };
          span.setAttributes({ "loci.outcome": outcome, ...countAttributes(event) });
          if (outcome === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
          if (code !== undefined) span.setAttribute("error.type", code);
          span.end(new Date(at.getTime() + event.duration));
          duration.record(event.duration / 1000, kind);
          for (const status of statuses) {
            const count = counts[status];
            if (count) memories.add(count, { "loci.operation": operation, "loci.status": status });
          }
        },
      };
    },
    ...(steps ? { step: (step: Step) => followStep(step) } : {}),
  });

  function followStep(step: Step) {
    const { title, attributes, kinds } = spanOfStep(step);
    const start = performance.now();
    const span = tracer.startSpan(title, { kind: SpanKind.CLIENT, attributes });
    return {
      within: inside(span),
      ended({ code, usage }: { code?: string; usage?: { inputTokens: number; outputTokens: number } }) {
        if (step.kind !== "store") {
          const failed = code === undefined ? {} : { "error.type": code };
          modelDuration.record((performance.now() - start) / 1000, { ...kinds, ...failed });
        }
        if (usage) {
          span.setAttributes({
            "gen_ai.usage.input_tokens": usage.inputTokens,
            "gen_ai.usage.output_tokens": usage.outputTokens,
          });
          tokens.record(usage.inputTokens, { ...kinds, "gen_ai.token.type": "input" });
          tokens.record(usage.outputTokens, { ...kinds, "gen_ai.token.type": "output" });
        }
        if (code !== undefined) {
          span.setAttribute("error.type", code);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      },
    };
  }
}

/** Options of `observeMemory`. */
export interface OpenTelemetryOptions {
  /** Creates the spans. Default: the application's tracer named `@loci/opentelemetry`. */
  readonly tracer?: Tracer;
  /** Creates the metrics. Default: the application's meter named `@loci/opentelemetry`. */
  readonly meter?: Meter;
  /** Whether spans name the organization, user, agent, run and actor. Metrics never do. Default: true. */
  readonly identifiers?: boolean;
  /** Whether calls of the store and of the models have spans of their own. Default: true. */
  readonly steps?: boolean;
}

/** Runs tasks with a span as the active one, so that the spans in them are its children. */
function inside(span: Span): <T>(task: () => Promise<T>) => Promise<T> {
  return (task) => context.with(trace.setSpan(context.active(), span), task);
}

/** The counts of an event that count memories. */
const statuses = [
  "found",
  "added",
  "updated",
  "superseded",
  "closed",
  "unchanged",
  "deleted",
  "imported",
  "exported",
  "copied",
] as const;

function countAttributes({ counts }: AuditEvent): Attributes {
  return Object.fromEntries(Object.entries(counts).map(([status, count]) => [`loci.count.${status}`, count]));
}

function scopeAttributes({ scope, actor }: Pick<AuditEvent, "scope" | "actor">): Attributes {
  const { orgId, userId, agentId, runId } = scope;
  return {
    ...(actor === undefined ? {} : { "loci.actor": actor }),
    ...(orgId === undefined ? {} : { "loci.org_id": orgId }),
    ...(userId === undefined ? {} : { "loci.user_id": userId }),
    ...(agentId === undefined ? {} : { "loci.agent_id": agentId }),
    ...(runId === undefined ? {} : { "loci.run_id": runId }),
  };
}

import type { AuditEvent, AuditListener } from "@loci/core";
import {
  type Attributes,
  type Meter,
  metrics,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";

const name = "@loci/opentelemetry";

/**
 * Creates a span for each operation of a memory, such as `loci.add`, in the trace of the caller. Records the metrics
 * `loci.operation.duration` (seconds) and `loci.memories` (how many were found, added, deleted).
 * @returns a function that ends the observation
 */
export function observeMemory(
  memory: { subscribe(listener: AuditListener): () => void },
  options: OpenTelemetryOptions = {},
): () => void {
  const { tracer = trace.getTracer(name), meter = metrics.getMeter(name), identifiers = true } = options;
  const duration = meter.createHistogram("loci.operation.duration", {
    unit: "s",
    description: "How long an operation of the memory took.",
  });
  const memories = meter.createCounter("loci.memories", {
    unit: "{memory}",
    description: "Memories that an operation found, wrote or deleted.",
  });
  return memory.subscribe((event) => {
    const { operation, outcome, code, counts, at } = event;
    const kind = { "loci.operation": operation, "loci.outcome": outcome };
    const span = tracer.startSpan(`loci.${operation}`, {
      kind: SpanKind.INTERNAL,
      startTime: at,
      attributes: { ...kind, ...countAttributes(event), ...(identifiers ? scopeAttributes(event) : {}) },
    });
    if (code !== undefined) span.setAttribute("error.type", code);
    if (outcome === "failed") span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(new Date(at.getTime() + event.duration));
    duration.record(event.duration / 1000, kind);
    for (const status of statuses) {
      const count = counts[status];
      if (count) memories.add(count, { "loci.operation": operation, "loci.status": status });
    }
  });
}

/** Options of `observeMemory`. */
export interface OpenTelemetryOptions {
  /** Creates the spans. Default: the application's tracer named `@loci/opentelemetry`. */
  readonly tracer?: Tracer;
  /** Creates the metrics. Default: the application's meter named `@loci/opentelemetry`. */
  readonly meter?: Meter;
  /** Whether spans name the organization, user, agent, run and actor. Metrics never do. Default: true. */
  readonly identifiers?: boolean;
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

function scopeAttributes({ scope, actor }: AuditEvent): Attributes {
  const { orgId, userId, agentId, runId } = scope;
  return {
    ...(actor === undefined ? {} : { "loci.actor": actor }),
    ...(orgId === undefined ? {} : { "loci.org_id": orgId }),
    ...(userId === undefined ? {} : { "loci.user_id": userId }),
    ...(agentId === undefined ? {} : { "loci.agent_id": agentId }),
    ...(runId === undefined ? {} : { "loci.run_id": runId }),
  };
}

import { type Embedder, inMemory, type LanguageModel, Memory } from "@loci/core";
import type { Reranker } from "@loci/core/model";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { expect, it, onTestFinished } from "vitest";
import { observeMemory } from "./index.ts";

const alice = { orgId: "acme", userId: "alice" };

/** The real SDK, whose exporters keep what they get. */
function sdk() {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const spans = new InMemorySpanExporter();
  const tracer = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: spans })],
  }).getTracer("test");
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  onTestFinished(async () => {
    await provider.shutdown();
    context.disable();
  });
  const collect = async () => {
    await reader.forceFlush();
    return (
      exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? []
    );
  };
  return { spans, tracer, meter: provider.getMeter("test"), collect };
}

it("makes spans of operations, in the trace in which they were called", async () => {
  const { spans, tracer, meter } = sdk();
  const memory = new Memory({ store: inMemory() });
  const end = observeMemory(memory, { tracer, meter });
  const request = tracer.startSpan("request");
  await context.with(trace.setSpan(context.active(), request), async () => {
    await memory.add(["I like tea", "I like cats"], { ...alice, actor: "support" });
    await memory.search("tea", alice);
  });
  request.end();
  await memory.update("absent", { text: "x" }, alice).catch(() => {});
  const finished = spans.getFinishedSpans().filter(({ name }) => name.startsWith("loci."));
  expect(finished.map(({ name }) => name)).toEqual(["loci.add", "loci.search", "loci.update"]);
  const [add, search, update] = finished;
  expect(add?.attributes).toEqual({
    "loci.operation": "add",
    "loci.outcome": "succeeded",
    "loci.count.added": 2,
    "loci.org_id": "acme",
    "loci.user_id": "alice",
    "loci.actor": "support",
  });
  for (const span of [add, search])
    expect(span?.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
  expect(update?.parentSpanContext).toBeUndefined();
  expect(update?.status.code).toBe(SpanStatusCode.ERROR);
  expect(update?.attributes["error.type"]).toBe("MEMORY_NOT_FOUND");
  const [seconds = 0, nanoseconds = 0] = add?.startTime ?? [];
  expect(Math.abs(seconds * 1000 + nanoseconds / 1e6 - Date.now())).toBeLessThan(60_000);
  end();
  await memory.search("tea", alice);
  expect(spans.getFinishedSpans().filter(({ name }) => name === "loci.search")).toHaveLength(1);
});

it("counts and measures, and names nobody in a metric", async () => {
  const { spans, tracer, meter, collect } = sdk();
  const memory = new Memory({ store: inMemory() });
  observeMemory(memory, { tracer, meter, identifiers: false });
  await memory.add(["a canary", "another"], alice);
  await memory.search("canary", alice);
  await memory.deleteAll(alice);
  const metrics = await collect();
  const points = (name: string) =>
    metrics.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? [];
  expect(points("loci.memories").map(({ value, attributes }) => [value, attributes])).toEqual([
    [2, { "loci.operation": "add", "loci.status": "added" }],
    [2, { "loci.operation": "search", "loci.status": "found" }],
    [2, { "loci.operation": "deleteAll", "loci.status": "deleted" }],
  ]);
  expect(points("loci.operation.duration")).toHaveLength(3);
  const everything = JSON.stringify([metrics, spans.getFinishedSpans().map(({ attributes }) => attributes)]);
  for (const word of ["acme", "alice", "canary"]) expect(everything).not.toContain(word);
});

it("makes spans of the calls of stores and models, inside their operation", async () => {
  const { spans, tracer, meter, collect } = sdk();
  const embedder: Embedder = {
    specVersion: 1,
    id: "acme/letters",
    maxBatch: 8,
    describe: async () => ({ id: "letters@1", dimensions: 2 }),
    embed: async (texts) => texts.map((text) => Float32Array.of(text.length, 1)),
  };
  const languageModel: LanguageModel = {
    specVersion: 1,
    id: "acme/thinker",
    describe: async () => ({ contextTokens: 4096 }),
    generate: async () => ({
      object: { facts: [{ text: "Alice likes a canary", message: 1, replaces: 0 }], removes: [] },
      usage: { inputTokens: 900, outputTokens: 30 },
    }),
  };
  const reranker: Reranker = {
    specVersion: 1,
    id: "acme/judge",
    rerank: async (_: string, texts: readonly string[]) => texts.map(() => 1),
  };
  const memory = new Memory({ store: inMemory(), embedder, languageModel, reranker });
  observeMemory(memory, { tracer, meter });
  await memory.add("I like a canary", alice);
  await memory.search("canary", alice);
  const finished = spans.getFinishedSpans();
  for (const operation of ["loci.add", "loci.search"]) {
    const own = finished.find(({ name }) => name === operation);
    const inside = finished.filter(
      ({ parentSpanContext }) => parentSpanContext?.spanId === own?.spanContext().spanId,
    );
    expect(inside.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        operation === "loci.add"
          ? ["chat thinker", "embeddings letters", "upsert in-memory"]
          : ["embeddings letters", "search in-memory", "rerank judge"],
      ),
    );
  }
  expect(
    finished.filter(({ parentSpanContext, name }) => !parentSpanContext && !name.startsWith("loci.")),
  ).toEqual([]);
  expect(finished.find(({ name }) => name === "chat thinker")?.attributes).toEqual({
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "thinker",
    "gen_ai.provider.name": "acme",
    "gen_ai.usage.input_tokens": 900,
    "gen_ai.usage.output_tokens": 30,
  });
  const metrics = await collect();
  const tokens = metrics.find(({ descriptor }) => descriptor.name === "gen_ai.client.token.usage");
  expect(tokens?.dataPoints.map(({ attributes }) => attributes["gen_ai.token.type"])).toEqual([
    "input",
    "output",
  ]);
  const everything = JSON.stringify([metrics, finished.map(({ name, attributes }) => [name, attributes])]);
  expect(everything).not.toContain("canary");
});

it("says of a step that it failed, and makes none where none are wanted", async () => {
  const { spans, tracer, meter } = sdk();
  const embedder: Embedder = {
    specVersion: 1,
    id: "broken",
    maxBatch: 8,
    describe: async () => ({ id: "letters@1", dimensions: 2 }),
    embed: async () => Promise.reject(new TypeError("no")),
  };
  const memory = new Memory({ store: inMemory(), embedder });
  const end = observeMemory(memory, { tracer, meter });
  await memory.add("x", alice).catch(() => {});
  const [failed] = spans.getFinishedSpans().filter(({ name }) => name === "embeddings broken");
  expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
  expect(failed?.attributes["error.type"]).toBe("MODEL_FAILED");
  end();
  spans.reset();
  observeMemory(memory, { tracer, meter, steps: false });
  await memory.add("x", alice).catch(() => {});
  expect(spans.getFinishedSpans().map(({ name }) => name)).toEqual(["loci.add"]);
});

it("says of an aborted operation why it ended, and not that it failed", async () => {
  const { spans, tracer, meter } = sdk();
  const memory = new Memory({ store: inMemory() });
  await memory.add("x", alice);
  observeMemory(memory, { tracer, meter, steps: false });
  await memory.search("x", { ...alice, signal: AbortSignal.abort() }).catch(() => {});
  const [search] = spans.getFinishedSpans();
  expect(search?.attributes).toMatchObject({ "loci.outcome": "aborted", "error.type": "AbortError" });
  expect(search?.status.code).not.toBe(SpanStatusCode.ERROR);
});

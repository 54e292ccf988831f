import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { parseMessages } from "./messages.ts";

/** Instances of LangChain's classes, as far as their shape goes: the package is not here. */
class FakeLangChainMessage {
  readonly content: unknown;
  readonly additional_kwargs = {};
  readonly #type: string;
  constructor(type: string, content: unknown) {
    this.#type = type;
    this.content = content;
  }
  getType(): string {
    return this.#type;
  }
}

const at = "2026-01-31T09:00:00.000Z";
const said = Date.parse(at);

describe("the messages of chat libraries", () => {
  it.each<[string, unknown, object]>([
    [
      "OpenAI",
      {
        role: "user",
        content: [
          { type: "text", text: "hello" },
          { type: "image_url", image_url: {} },
        ],
      },
      { role: "user", text: "hello" },
    ],
    [
      "OpenAI, a response's item",
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "hello", annotations: [] }],
      },
      { role: "assistant", text: "hello" },
    ],
    [
      "OpenAI, an answer",
      { role: "assistant", content: "hello", refusal: null, annotations: [] },
      { role: "assistant", text: "hello" },
    ],
    [
      "AI SDK, UI",
      {
        id: "1",
        role: "user",
        parts: [{ type: "step-start" }, { type: "text", text: "hel" }, { type: "text", text: "lo" }],
      },
      { role: "user", text: "hel\nlo" },
    ],
    [
      "AI SDK 4",
      { id: "1", role: "user", content: "hello", createdAt: new Date(at) },
      { role: "user", text: "hello", timestamp: said },
    ],
    [
      "AI SDK, model",
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm" },
          { type: "text", text: "hello" },
        ],
      },
      { role: "assistant", text: "hello" },
    ],
    [
      "Anthropic",
      {
        id: "msg",
        type: "message",
        role: "assistant",
        model: "m",
        content: [{ type: "text", text: "hello" }],
        stop_reason: "end_turn",
        usage: {},
      },
      { role: "assistant", text: "hello" },
    ],
    ["LangChain", new FakeLangChainMessage("human", "hello"), { role: "user", text: "hello" }],
    [
      "LangChain, serialized",
      { type: "ai", data: { content: "hello", name: "Bot" } },
      { role: "assistant", text: "hello", name: "Bot" },
    ],
    [
      "LangChain, as JSON",
      {
        lc: 1,
        type: "constructor",
        id: ["langchain_core", "messages", "HumanMessage"],
        kwargs: { content: "hello" },
      },
      { role: "user", text: "hello" },
    ],
    [
      "parts that say nothing beside a content",
      { id: "1", role: "user", parts: [], content: "hello" },
      { role: "user", text: "hello" },
    ],
    ["Ollama", { role: "user", content: "hello", images: ["..."] }, { role: "user", text: "hello" }],
    ["a name that is null", { role: "user", content: "hello", name: null }, { role: "user", text: "hello" }],
    [
      "a stored LangChain message without a name",
      { type: "human", data: { content: "hello", name: null } },
      { role: "user", text: "hello" },
    ],
    [
      "seconds",
      { role: "user", content: "hello", created_at: said / 1000 },
      { role: "user", text: "hello", timestamp: said },
    ],
    [
      "a number in a message of our own",
      { role: "user", content: "hello", timestamp: said },
      { role: "user", text: "hello", timestamp: said },
    ],
    [
      "a Date of another realm",
      { role: "user", content: "hello", createdAt: runInNewContext(`new Date("${at}")`) },
      { role: "user", text: "hello", timestamp: said },
    ],
  ])("are understood: %s", (_, message, expected) => {
    expect(parseMessages(message, "UTC")).toEqual([expected]);
  });

  it("leave out what is nobody's memory", () => {
    const conversation = [
      { role: "system", content: "You are helpful." },
      { role: "developer", content: "Be brief." },
      { role: "user", content: "hello" },
      { role: "assistant", content: null, tool_calls: [{ id: "1", function: { name: "f" } }] },
      { role: "assistant", content: "" },
      { role: "tool", tool_call_id: "1", content: "42" },
      { type: "compaction", id: "c", encrypted_content: "..." },
      { type: "function_call", name: "f", arguments: "{}", call_id: "1" },
      { type: "reasoning", id: "r", summary: [] },
      { role: "assistant", content: [{ type: "tool_use", id: "1", name: "f", input: {} }] },
      new FakeLangChainMessage("system", "You are helpful."),
    ];
    expect(parseMessages(conversation, "UTC")).toEqual([{ role: "user", text: "hello" }]);
    expect(parseMessages(conversation, "UTC", ["system"]).map(({ text }) => text)).toEqual([
      "You are helpful.",
      "Be brief.",
      "You are helpful.",
    ]);
  });

  it("are told from our own with a mistake", () => {
    for (const [message, path] of [
      [{ id: "1", role: "user", contnt: "hello" }, "messages"],
      [{ id: "1", role: "user", content: 5 }, "messages"],
      [{ id: "1", role: "user" }, "messages"],
      [{ role: "user", content: null }, "messages.content"],
      [{ role: "user", content: "" }, "messages.content"],
      [{ role: "user", content: "hello", timestmp: at }, "messages"],
      [{ role: "usr", content: "hello" }, "messages.role"],
      [{ role: "user", content: "hello", timestamp: "2026-01-31T09:00:00" }, "messages.timestamp"],
      [{ role: "user", content: "hello", timestamp: "2026-02-30" }, "messages.timestamp"],
      [{ role: "user", content: "hello", timestamp: Number.NaN }, "messages.timestamp"],
      [{ role: "user", content: "hello", timestamp: 1e300 }, "messages.timestamp"],
      [{ role: "user", content: "hello", timestamp: "2026-01-31 (morning)" }, "messages.timestamp"],
    ] as const)
      expect(() => parseMessages(message, "UTC")).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT", path }),
      );
  });

  it.each([
    ["2026-01-31", "2026-01-31T00:00:00.000Z"],
    ["2026-01-31T09:00Z", "2026-01-31T09:00:00.000Z"],
    ["2026-01-31T09:00:00.123+01:00", "2026-01-31T08:00:00.123Z"],
    ["2026-01-31T09:00:00+0100", "2026-01-31T08:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
  ])("have a time: %s", (timestamp, expected) => {
    expect(parseMessages({ role: "user", content: "hello", timestamp }, "UTC")[0]?.timestamp).toBe(
      Date.parse(expected),
    );
  });
});

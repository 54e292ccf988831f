import type { Role } from "./role.ts";

/** What a message of a chat library says, with names of our own. Fields that it has not are undefined. */
export interface ChatMessage {
  readonly role: Role;
  /** Undefined where there is no text: a call of a tool, an image. */
  readonly text: string | undefined;
  readonly name?: unknown;
  readonly timestamp?: unknown;
}

/**
 * Reads a message as chat libraries have it: OpenAI (chat completions, and items of responses), the AI SDK (UI and model messages),
 * Anthropic, LangChain (instances, and serialized) and Ollama. Undefined for anything else, a message of our own shape included.
 * They are told by their fields, not by a class: an application may have two copies of a library.
 */
export function readChatMessage(input: object): ChatMessage | undefined {
  const message = unwrapped(input as Fields);
  const role = roleOf(message);
  if (role === undefined) return isItem(message) ? { role: "tool", text: undefined } : undefined;
  const { content, parts, name } = message;
  // Without a text, without a list of parts and without a call of a tool, it is a mistake: it is checked as one of ours.
  const isWhole = typeof content === "string" || Array.isArray(content) || Array.isArray(parts);
  if (!isForeign(message) || !(isWhole || content === null || "tool_calls" in message)) return undefined;
  const timestamp = momentOf(message.createdAt ?? message.created_at ?? message.timestamp);
  return {
    role,
    text: textOf(parts) ?? textOf(content),
    ...(name === undefined || name === null || name === "" || role === "tool" ? {} : { name }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** LangChain keeps a message's fields apart from its type where it is serialized. */
function unwrapped(input: Fields): Fields {
  const { data, kwargs, type, id } = input;
  if (typeof type === "string" && isObject(data)) return { ...data, type };
  if (isObject(kwargs) && Array.isArray(id)) return { ...kwargs, type: String(id.at(-1)) };
  return input;
}

const roles: Readonly<Record<string, Role>> = {
  user: "user",
  assistant: "assistant",
  system: "system",
  tool: "tool",
  developer: "system",
  function: "tool",
  data: "tool",
  // LangChain's, by type and by class.
  human: "user",
  ai: "assistant",
  HumanMessage: "user",
  AIMessage: "assistant",
  AIMessageChunk: "assistant",
  HumanMessageChunk: "user",
  SystemMessage: "system",
  ToolMessage: "tool",
  FunctionMessage: "tool",
};

function roleOf(message: Fields): Role | undefined {
  const { role, type } = message;
  const get = message.getType ?? message._getType;
  const named =
    typeof role === "string" ? role : typeof get === "function" ? asked(() => get.call(message)) : type;
  return typeof named === "string" && Object.hasOwn(roles, named) ? roles[named] : undefined;
}

/** What a method of the application's answers, undefined where it throws. */
function asked(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return undefined;
  }
}

/** Items of OpenAI's responses that are no messages: calls of tools, their output, reasoning. */
function isItem({ type, role }: Fields): boolean {
  return (
    role === undefined &&
    typeof type === "string" &&
    /_call(_output)?$|^(reasoning|compaction|item_reference|mcp_list_tools|mcp_approval_request|mcp_approval_response)$/.test(
      type,
    )
  );
}

/** Fields that chat libraries give beside role and content, and that say nothing to a memory. */
const extras = new Set(
  "id type object status phase parts createdAt created_at annotations attachments experimental_attachments toolInvocations tool_calls tool_call_id toolCallId tool_name function_call refusal audio images thinking reasoning model usage stop_reason stop_sequence stop_details container response_metadata additional_kwargs usage_metadata invalid_tool_calls lc_kwargs lc_namespace lc_serializable example artifact providerOptions providerMetadata revisionId data done done_reason".split(
    " ",
  ),
);

/** Whether it is a message of a library, and not one of ours, of which every field is checked. */
function isForeign(message: Fields): boolean {
  const { content } = message;
  return (
    typeof (message.getType ?? message._getType) === "function" ||
    !("role" in message) ||
    Array.isArray(content) ||
    // A model that has only called tools, or was stopped, has said nothing.
    (message.role === "assistant" && (content === null || isBlank(content))) ||
    !Object.hasOwn(roles, String(message.role)) ||
    ["developer", "function", "data"].includes(String(message.role)) ||
    Object.keys(message).some((key) => extras.has(key))
  );
}

function isBlank(content: unknown): boolean {
  return typeof content === "string" && content.trim() === "";
}

/** The texts of a message, without images, files, and calls of tools. */
function textOf(content: unknown): string | undefined {
  if (typeof content === "string") return isBlank(content) ? undefined : content;
  if (!Array.isArray(content)) return undefined;
  const texts = content.flatMap((part: unknown) => {
    if (typeof part === "string") return [part];
    if (!isObject(part) || typeof part.text !== "string") return [];
    return ["text", "input_text", "output_text"].includes(String(part.type)) ? [part.text] : [];
  });
  const text = texts.filter((one) => one.trim() !== "").join("\n");
  return text === "" ? undefined : text;
}

/** Chat libraries give a number as well: of milliseconds, and where that would lie near 1970, from 1966 to 1973, of seconds. */
export function momentOf(value: unknown): unknown {
  if (typeof value !== "number") return value;
  return new Date(Math.abs(value) < 100_000_000_000 ? value * 1000 : value);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

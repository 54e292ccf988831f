import { type Metadata, parseMetadata } from "../filter/metadata.ts";
import { describe } from "../util/describe.ts";
import { momentOf, readChatMessage } from "./chat-message.ts";
import { fail } from "./fail.ts";
import { oneOf } from "./option-parsers.ts";
import { parseMoment } from "./parse-moment.ts";
import { readFields } from "./read-fields.ts";
import type { Role } from "./role.ts";
import { type Source, sources } from "./source.ts";
import { parseText } from "./text.ts";

/**
 * One message of a conversation, in the shape that chat APIs share.
 * @example
 * ```ts
 * const message: Message = { role: "user", name: "Alice", content: "I moved to Berlin", timestamp: new Date() };
 * await alice.add(message);
 * ```
 */
export interface Message {
  readonly role: Role;
  /** The text, 1 to 65,536 UTF-8 bytes. */
  readonly content: string;
  /** The speaker's name, if several share a role. Search finds it too. */
  readonly name?: string;
  /**
   * When it was said, for `asOf`: a Date, a day of the time zone, an ISO 8601 time with its offset, or a number of milliseconds since 1970 (of
   * seconds, where that would lie between 1966 and 1973). Default: now.
   */
  readonly timestamp?: Date | string | number;
  /** Where it comes from. Default: that of the call; without one the role says it, and "application" for a system message. */
  readonly source?: Source;
  /** Metadata of this message. It overrides that of the call. */
  readonly metadata?: Metadata;
}

/**
 * A message as a chat library has it: OpenAI's, the AI SDK's, Anthropic's, LangChain's or Ollama's. Its texts are taken, with its
 * speaker and its time; images, files and calls of tools are not.
 * @example
 * ```ts
 * const input: ForeignMessage = { id: "m1", role: "user", parts: [{ type: "text", text: "I moved to Berlin" }] };
 * await alice.add(input);
 * ```
 */
export type ForeignMessage = object;

/**
 * The input of `add`: one text, or the messages of a conversation in order.
 * @example
 * ```ts
 * const input: AddInput = [
 *   { role: "assistant", content: "Where do you live?" },
 *   { role: "user", content: "In Berlin." },
 * ];
 * await alice.add(input);
 * ```
 */
export type AddInput = string | Message | ForeignMessage | readonly (string | Message | ForeignMessage)[];

/** A validated message. */
export interface ParsedMessage {
  readonly text: string;
  readonly role?: Role;
  readonly name?: string;
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
  readonly source?: Source;
  readonly metadata?: Metadata;
}

const roles: readonly unknown[] = ["user", "assistant", "system", "tool"];
const maxMessages = 10_000;
const parseSource = oneOf<Source>(...sources);

/** Whose messages are remembered, unless the call says otherwise: a system prompt, or what a tool has answered, is nobody's memory. */
const remembered: readonly Role[] = ["user", "assistant"];

/**
 * The messages that are to be remembered. Those of other roles, and those without a text, are left out.
 * @throws InvalidInputError, InvalidMetadataError
 */
export function parseMessages(
  input: unknown,
  timeZone: string,
  wanted: readonly Role[] = remembered,
): readonly ParsedMessage[] {
  if (Array.isArray(input) && input.length === 0) fail("messages", "is an empty list");
  if (Array.isArray(input) && input.length > maxMessages)
    fail("messages", `has more than ${maxMessages} messages; split it`);
  const parsed = Array.isArray(input)
    ? Array.from(input, (message, index) => parseMessage(message, `messages[${index}]`, timeZone))
    : [parseMessage(input, "messages", timeZone)];
  return parsed.filter(
    (message) => message !== undefined && (message.role === undefined || wanted.includes(message.role)),
  ) as readonly ParsedMessage[];
}

function parseMessage(input: unknown, path: string, timeZone: string): ParsedMessage | undefined {
  if (typeof input === "string") return { text: parseText(input, path) };
  if (typeof input !== "object" || input === null) {
    fail(
      path,
      `must be a text or a message such as { role: "user", content: "..." }, not ${describe(input)}`,
    );
  }
  const foreign = readChatMessage(input);
  if (foreign) {
    const { role, text, name, timestamp } = foreign;
    if (text === undefined) return undefined;
    return {
      role,
      text: parseText(text, `${path}.content`),
      ...(name === undefined ? {} : { name: parseText(name, `${path}.name`) }),
      ...(timestamp === undefined
        ? {}
        : { timestamp: parseMoment(timestamp, `${path}.createdAt`, timeZone) }),
    };
  }
  const fields = readFields(input, ["role", "content", "name", "timestamp", "source", "metadata"], path);
  const role = fields.get("role");
  if (!roles.includes(role)) fail(`${path}.role`, 'must be "user", "assistant", "system" or "tool"');
  return {
    role: role as Role,
    text: parseText(fields.get("content"), `${path}.content`),
    ...((fields.get("name") ?? null) === null ? {} : { name: parseText(fields.get("name"), `${path}.name`) }),
    ...(fields.has("timestamp")
      ? { timestamp: parseMoment(momentOf(fields.get("timestamp")), `${path}.timestamp`, timeZone) }
      : {}),
    ...(fields.has("source") ? { source: parseSource(fields.get("source"), `${path}.source`) } : {}),
    ...(fields.has("metadata")
      ? { metadata: parseMetadata(fields.get("metadata"), `${path}.metadata`) }
      : {}),
  };
}

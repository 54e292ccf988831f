import { type Metadata, parseMetadata } from "../filter/metadata.ts";
import { describe } from "../util/describe.ts";
import { fail } from "./fail.ts";
import { parseMoment } from "./parse-moment.ts";
import { readFields } from "./read-fields.ts";
import { parseText } from "./text.ts";

/** Who said a message. */
export type Role = "user" | "assistant" | "system" | "tool";

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
  /** When it was said, for `asOf`: a Date or an ISO 8601 string. Default: now. */
  readonly timestamp?: Date | string;
  /** Metadata of this message. It overrides that of the call. */
  readonly metadata?: Metadata;
}

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
export type AddInput = string | Message | readonly (string | Message)[];

/** A validated message. */
export interface ParsedMessage {
  readonly text: string;
  readonly role?: Role;
  readonly name?: string;
  /** Milliseconds since 1970. */
  readonly timestamp?: number;
  readonly metadata?: Metadata;
}

const roles: readonly unknown[] = ["user", "assistant", "system", "tool"];
const maxMessages = 10_000;

/** @throws InvalidInputError, InvalidMetadataError */
export function parseMessages(input: unknown): readonly ParsedMessage[] {
  if (!Array.isArray(input)) return [parseMessage(input, "messages")];
  if (input.length === 0) fail("messages", "is an empty list");
  if (input.length > maxMessages) fail("messages", `has more than ${maxMessages} messages; split it`);
  return Array.from(input, (message, index) => parseMessage(message, `messages[${index}]`));
}

function parseMessage(input: unknown, path: string): ParsedMessage {
  if (typeof input === "string") return { text: parseText(input, path) };
  if (typeof input !== "object" || input === null) {
    fail(
      path,
      `must be a text or a message such as { role: "user", content: "..." }, not ${describe(input)}`,
    );
  }
  const fields = readFields(input, ["role", "content", "name", "timestamp", "metadata"], path);
  const role = fields.get("role");
  if (!roles.includes(role)) fail(`${path}.role`, 'must be "user", "assistant", "system" or "tool"');
  return {
    role: role as Role,
    text: parseText(fields.get("content"), `${path}.content`),
    ...(fields.has("name") ? { name: parseText(fields.get("name"), `${path}.name`) } : {}),
    ...(fields.has("timestamp")
      ? { timestamp: parseMoment(fields.get("timestamp"), `${path}.timestamp`) }
      : {}),
    ...(fields.has("metadata")
      ? { metadata: parseMetadata(fields.get("metadata"), `${path}.metadata`) }
      : {}),
  };
}

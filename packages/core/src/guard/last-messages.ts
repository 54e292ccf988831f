/** How long after a message another one still belongs to the same conversation. */
const pause = 60 * 60 * 1000;
const maxConversations = 1000;

/**
 * Remembers the last message of the conversations that are going on, by id only, so that the first message of
 * the next `add` finds the one before it. Lost with the process: one message then lacks its context.
 */
export class LastMessages {
  readonly #lastMessages = new Map<string, { readonly id: string; readonly at: number }>();

  /** The id of the message that one said at `at` follows, if the conversation is the same. */
  get(conversation: string, at: number): string | undefined {
    const last = this.#lastMessages.get(conversation);
    return last && at >= last.at && at - last.at <= pause ? last.id : undefined;
  }

  set(conversation: string, id: string, at: number): void {
    this.#lastMessages.delete(conversation);
    this.#lastMessages.set(conversation, { id, at });
    const [oldest] = this.#lastMessages.keys();
    if (this.#lastMessages.size > maxConversations && oldest !== undefined) this.#lastMessages.delete(oldest);
  }
}

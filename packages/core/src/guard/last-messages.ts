/** The longest pause within a conversation, in milliseconds. */
export const maxPause: number = 60 * 60 * 1000;
const maxConversations = 1000;

/**
 * Remembers the last message of each recent conversation, by id only. The first message of the next `add` thereby
 * finds the message before it. After a restart, one message lacks its context.
 */
export class LastMessages {
  readonly #lastMessages = new Map<string, { readonly id: string; readonly at: number }>();

  /** The id of the message before one at time `at`, if both belong to one conversation. */
  get(conversation: string, at: number): string | undefined {
    const last = this.#lastMessages.get(conversation);
    return last && at >= last.at && at - last.at <= maxPause ? last.id : undefined;
  }

  set(conversation: string, id: string, at: number): void {
    this.#lastMessages.delete(conversation);
    this.#lastMessages.set(conversation, { id, at });
    const [oldest] = this.#lastMessages.keys();
    if (this.#lastMessages.size > maxConversations && oldest !== undefined) this.#lastMessages.delete(oldest);
  }
}

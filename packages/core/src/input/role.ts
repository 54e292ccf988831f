/** Who said a message. */
export type Role = "user" | "assistant" | "system" | "tool";

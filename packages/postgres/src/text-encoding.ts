/**
 * PostgreSQL stores no NUL and no lone surrogate in a text. What has one is stored in JSON's escapes, under another mark
 * than what has none, so that no two texts become one.
 */
export function encodeText(text: string): string {
  return text.includes("\u0000") || !text.isWellFormed() ? `j${JSON.stringify(text)}` : `=${text}`;
}

export function decodeText(stored: string): string {
  return stored.startsWith("j") ? (JSON.parse(stored.slice(1)) as string) : stored.slice(1);
}

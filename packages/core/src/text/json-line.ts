/** A value as one line of JSON in a prompt. Text in it can neither end the line nor close a tag. */
export function jsonLine(value: object): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

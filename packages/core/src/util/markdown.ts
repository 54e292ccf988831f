/** A text as Markdown's code, whatever is in it: a name never becomes markup. */
export function markdownCode(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return `${fence}${pad}${text}${pad}${fence}`;
}

/** A text as one line of Markdown that shows what it says: nothing in it becomes markup. */
export function markdownText(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.replace(/[\\`*_{}[\]<>#|!~&]/g, "\\$&").replace(/^([-+=]|\d+[.)])/, "\\$1");
}

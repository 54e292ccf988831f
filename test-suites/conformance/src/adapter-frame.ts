import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** What is not the adapter: the suite, core, installed packages and Node itself. */
const others: readonly string[] = [
  dirname(fileURLToPath(import.meta.url)) + sep,
  dirname(realpathSync(createRequire(import.meta.url).resolve("@loci/core/package.json"))) + sep,
  `${sep}node_modules${sep}`,
  "node:",
];

/**
 * The first line of an error's stack, or of its causes' stacks, that lies in the adapter: "in write (my-store.ts:12:3)". Undefined
 * where none does, such as where the adapter has answered and the answer is wrong.
 */
export function adapterFrame(error: unknown): string | undefined {
  const seen = new Set<unknown>();
  for (let one = error; one instanceof Error && !seen.has(one); one = one.cause) {
    seen.add(one);
    for (const line of one.stack?.split("\n") ?? []) {
      const [, name = "", place = ""] = /^ +at (?:(.*) \()?(.*?:\d+:\d+)\)?$/.exec(line) ?? [];
      const path = place.startsWith("file:") ? fileURLToPath(place) : place;
      if (path === "" || others.some((other) => path.includes(other))) continue;
      const shown = relative(process.cwd(), path);
      return `${name.replace(/^async /, "")} (${shown.startsWith("..") ? path : shown})`.trim();
    }
  }
  return undefined;
}

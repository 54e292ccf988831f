import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./workspace.ts";

const source = join(root, "packages/core/src");

/** A name that an entry of core exports, with the comment above its declaration. */
export interface ExportedName {
  readonly name: string;
  readonly comment: string;
}

/** What an entry of core exports. */
export function exportsOf(entry: string): readonly ExportedName[] {
  const text = readFileSync(join(source, `${entry}.ts`), "utf8");
  return [...text.matchAll(/\{([^{}]*)\} from "\.\/([^"]+)"/g)].flatMap(([, names = "", file = ""]) => {
    const declarations = readFileSync(join(source, file), "utf8");
    return names
      .split(",")
      .map((name) => name.trim().replace(/^type /, ""))
      .filter((name) => name !== "")
      .map((name) => ({ name, comment: commentAbove(declarations, name) }));
  });
}

/** The programs in the `@example` tags of a comment. */
export function examplesIn(comment: string): readonly string[] {
  const plain = comment.replaceAll(/^ *\* ?/gm, "");
  return [...plain.matchAll(/@example\s+```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
}

function commentAbove(declarations: string, name: string): string {
  const declaration = new RegExp(
    `^export (?:async )?(?:class|interface|type|function|const) ${name}\\b`,
    "m",
  );
  const above = declarations.slice(0, declarations.search(declaration)).trimEnd();
  return above.endsWith("*/") ? above.slice(above.lastIndexOf("/**")) : "";
}

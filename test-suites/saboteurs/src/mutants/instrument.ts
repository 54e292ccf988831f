import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Instrumenter } from "@stryker-mutator/instrumenter";

/** One change of a file, which lies in the file behind a switch. */
export interface Change {
  /** What `mutationSwitch.activeMutant` has to be for the change to be in force. */
  readonly activeMutant: string;
  readonly file: string;
  readonly original: string;
  readonly replacement: string;
}

/** Files by their paths, with all their changes in them. */
export interface Instrumented {
  readonly changes: readonly Change[];
  readonly sources: ReadonlyMap<string, string>;
}

/**
 * Writes every change that Stryker knows into some files, but those of texts: they are names, messages and SQL that no
 * longer runs.
 */
export async function instrument(root: string, files: readonly string[]): Promise<Instrumented> {
  const contents = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  const { files: written, mutants } = await new Instrumenter(silent).instrument(
    files.map((name) => ({ name, mutate: true, content: contents.get(name) ?? "" })),
    { plugins: null, excludedMutations: ["StringLiteral"], ignorers: [] },
  );
  const changes = mutants
    .filter(({ status }) => status !== "Ignored")
    .map(({ id, fileName, location, replacement }) => ({
      activeMutant: id,
      file: fileName,
      original: textAt(contents.get(fileName) ?? "", location),
      replacement: oneLine(replacement),
    }));
  const sources = new Map(written.map(({ name, content }) => [join(root, name), content]));
  return { changes, sources };
}

interface Position {
  readonly line: number;
  readonly column: number;
}

function textAt(
  content: string,
  { start, end }: { readonly start: Position; readonly end: Position },
): string {
  const lines = content.split("\n").slice(start.line, end.line + 1);
  lines[lines.length - 1] = (lines.at(-1) ?? "").slice(0, end.column);
  lines[0] = (lines[0] ?? "").slice(start.column);
  return oneLine(lines.join(" "));
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 90 ? `${line.slice(0, 60)}…${line.slice(-29)}` : line;
}

const nothing = () => {};
const silent = {
  ...{ trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing, fatal: nothing },
  ...{ isTraceEnabled: () => false, isDebugEnabled: () => false, isInfoEnabled: () => false },
  ...{ isWarnEnabled: () => false, isErrorEnabled: () => false, isFatalEnabled: () => false },
};

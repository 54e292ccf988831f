import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { InvalidChoiceError } from "./invalid-choice-error.ts";
import { type Kind, kinds } from "./kinds.ts";

const templates = fileURLToPath(new URL("../templates", import.meta.url));

/** What to make. */
export interface AdapterChoice {
  readonly kind: Kind;
  /** The folder to make it in. It is made where it is missing, and has to be empty. */
  readonly folder: string;
  /** The name of the package: lower-case letters, digits and hyphens, with or without a scope. Default: the folder's name. */
  readonly name?: string;
}

/**
 * Makes the project of an adapter that works at once.
 * @returns where it is, absolute
 * @throws InvalidChoiceError before anything is written
 */
export function createAdapter({ kind, folder, name = basename(resolve(folder)) }: AdapterChoice): string {
  if (!Object.hasOwn(kinds, kind))
    throw new InvalidChoiceError(`There is no kind "${kind}". There are ${Object.keys(kinds).join(", ")}.`);
  const [, base] = /^(?:@[a-z0-9][a-z0-9-]*\/)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$/.exec(name) ?? [];
  if (!base)
    throw new InvalidChoiceError(
      `"${name}" cannot be the name of the package: write lower-case letters, digits and hyphens, such as acme-db or @acme/db.`,
    );
  const target = resolve(folder);
  if (existsSync(target) && (!statSync(target).isDirectory() || readdirSync(target).length > 0))
    throw new InvalidChoiceError(`${target} is there already, and not empty. Name another folder.`);
  mkdirSync(target, { recursive: true });
  for (const template of ["common", kind]) cpSync(join(templates, template), target, { recursive: true });
  // npm leaves files of these names out of a package.
  for (const hidden of ["package.json", "gitignore"])
    renameSync(join(target, `_${hidden}`), join(target, hidden.replace(/^git/, ".git")));
  rename(target, name, base, kinds[kind].notLookedAt);
  return target;
}

/** Puts the author's names in the place of the template's. */
function rename(target: string, name: string, base: string, notLookedAt: string | undefined): void {
  const file = base.endsWith("store") ? base : `${base}-store`;
  const camel = file.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  const pascal = `${camel.charAt(0).toUpperCase()}${camel.slice(1)}`;
  const files = globSync(["**/*.{ts,json,md,yml}", ".github/**/*.yml"], { cwd: target });
  for (const path of files) {
    const from = join(target, path);
    const text = readFileSync(from, "utf8")
      .replaceAll("my-store.ts", `${file}.ts`)
      .replaceAll("my-store", base)
      .replaceAll("myStore", camel)
      .replaceAll("MyStore", pascal)
      .replaceAll("my-package", name)
      .replaceAll(
        "everything was looked at",
        notLookedAt ? `not looked at: ${notLookedAt}` : "everything was looked at",
      )
      .replaceAll("^0.0.0", `^${manifest.version}`);
    writeFileSync(from, text);
    if (basename(path) === "my-store.ts") renameSync(from, join(dirname(from), `${file}.ts`));
  }
}

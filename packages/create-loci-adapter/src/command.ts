import { basename, relative } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { askKind } from "./ask-kind.ts";
import { createAdapter } from "./create-adapter.ts";
import { InvalidChoiceError } from "./invalid-choice-error.ts";
import { type Kind, kinds } from "./kinds.ts";

function commandOf(): Command {
  return new Command("create-loci-adapter")
    .description("Makes a store adapter for Loci that works at once, with the tests that prove it.")
    .argument("[folder]", "where to make it (default: the name, or my-store)")
    .addOption(
      new Option("--kind <kind>", "what the backend is; asked for where it is left out").choices(
        Object.keys(kinds),
      ),
    )
    .option("--name <name>", "the name of the package (default: that of the folder)")
    .showHelpAfterError()
    .exitOverride();
}

/** Runs the command and returns its exit code. */
export async function main(parameters: readonly string[]): Promise<number> {
  const command = commandOf();
  try {
    command.parse(parameters, { from: "user" });
    const { kind, name } = command.opts<{ kind?: Kind; name?: string }>();
    const folder = command.args[0] ?? (name === undefined ? "my-store" : basename(name));
    if (!kind && !process.stdin.isTTY) throw noTerminal();
    const chosen = kind ?? (await askKind(process.stdin, process.stdout));
    const target = createAdapter({ kind: chosen, folder, ...(name === undefined ? {} : { name }) });
    const shown = relative(process.cwd(), target);
    console.log(`Made ${target}. It works already:\n`);
    console.log(`  cd ${shown === "" ? "." : shown}\n  npm install\n  npm run prove\n`);
    console.log("Then look for YOURS: grep -rn YOURS src test");
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof InvalidChoiceError)) throw error;
    console.error(error.message);
    return 2;
  }
}

function noTerminal(): InvalidChoiceError {
  const flags = Object.keys(kinds).map((name) => `--kind ${name}`);
  return new InvalidChoiceError(`Nobody can be asked here: choose with ${flags.join(", ")}.`);
}

import { createInterface } from "node:readline/promises";
import { type Kind, kinds } from "./kinds.ts";

/** Asks the one question, until it is answered with a number or a name. */
export async function askKind(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<Kind> {
  const names = Object.keys(kinds) as Kind[];
  output.write("What is your backend?\n\n");
  for (const [index, name] of names.entries())
    output.write(`  ${index + 1}  ${name.padEnd(9)} ${kinds[name].about}\n`);
  const terminal = createInterface({ input, output });
  try {
    for (;;) {
      const answer = (await terminal.question(`\n1 to ${names.length}: `)).trim().toLowerCase();
      const kind = names[Number(answer) - 1] ?? names.find((name) => name === answer);
      if (kind) return kind;
    }
  } finally {
    terminal.close();
  }
}

// The one entry point behind `npm start`, `npm test` and the other scripts. It runs on any Node from 20 on:
// it brings a newer Node and pnpm through npm where they are missing, installs what the task needs, and says so.
import { fileURLToPath } from "node:url";
import { readsTypeScript, run, say } from "./command.mjs";
import { install } from "./install.mjs";
import { nearest } from "./nearest.mjs";
import { tasks } from "./tasks.mjs";
import { usageOf, usageOfAll } from "./usage.mjs";

const [name = "", ...rest] = process.argv.slice(2);
const asksForHelp = (argument) => ["--help", "-h"].includes(argument);

if (asksForHelp(name)) {
  console.log(usageOfAll(tasks));
  process.exit(0);
}
if (!Object.hasOwn(tasks, name)) {
  if (name)
    console.error(`There is no task "${name}". Did you mean "${nearest(name, Object.keys(tasks))}"?\n`);
  console.error(usageOfAll(tasks));
  process.exit(2);
}
const task = tasks[name];
if (rest.some(asksForHelp)) {
  console.log(usageOf(name, task));
  process.exit(0);
}
// A misspelt option shows before anything is installed for it.
if (task.options) {
  const known = Object.keys(task.options);
  const unknown = rest.find((argument) => !known.includes(argument));
  if (unknown !== undefined) {
    const hint = known.length > 0 ? ` Did you mean ${nearest(unknown, known)}?` : " This task takes none.";
    console.error(`There is no option ${unknown}.${hint}\n\n${usageOf(name, task)}`);
    process.exit(2);
  }
}

if (!readsTypeScript) {
  say(`Node ${process.version} is older than 22.18: bringing Node 24 through npm.`);
  run("npx", ["-y", "-p", "node@24", "--", "node", fileURLToPath(import.meta.url), name, ...rest]);
  process.exit(0);
}
install(task.part?.(rest) ?? "workspace");
task.run(rest);

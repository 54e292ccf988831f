/** How a task is called, and what it does. */
export function usageOf(name, { about, takes = [], options = {} }) {
  const command = ["start", "test"].includes(name) ? `npm ${name}` : `npm run ${name}`;
  const flags = Object.keys(options).map((option) => `[${option}]`);
  const call = [command, ...(takes.length + flags.length > 0 ? ["--"] : []), ...takes, ...flags];
  const lines = Object.entries({ ...options, "--help": "prints this" });
  return [`Usage: ${call.join(" ")}`, "", about, "", ...table(lines)].join("\n");
}

/** What tasks there are. */
export function usageOfAll(tasks) {
  const lines = Object.entries(tasks).map(([name, { about }]) => [name, about]);
  return [
    "Usage: npm run TASK [-- ARGUMENTS], or node scripts/run.mjs TASK [ARGUMENTS]",
    "",
    ...table(lines),
    "",
    "npm run TASK -- --help says more.",
  ].join("\n");
}

function table(lines) {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

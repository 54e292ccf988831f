// Runs programs for the tasks, and says what happens.
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import util from "node:util";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const [major, minor] = process.versions.node.split(".").map(Number);
/** Node reads TypeScript since 22.18. */
export const readsTypeScript = major > 22 || (major === 22 && minor >= 18);

// `npx -p node@24` tells its children that they are about node@24, and a nested npx would believe it.
delete process.env.npm_config_package;

/** Prints a line to stderr, dimmed where the terminal has styles. Older versions of Node cannot tell whether it has. */
export function say(text) {
  const line = `[loci] ${text}`;
  console.error(readsTypeScript ? util.styleText("dim", line, { stream: process.stderr }) : line);
}

/**
 * Runs a command with this terminal, and ends this process with its status when it fails. A quiet one prints only when it
 * fails.
 */
export function run(command, args, { environment = {}, quiet = false } = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit",
    maxBuffer: Number.POSITIVE_INFINITY,
    shell: process.platform === "win32",
    env: {
      ...process.env,
      npm_config_loglevel: "error",
      npm_config_update_notifier: "false",
      PATH: [join(root, "node_modules", ".bin"), dirname(process.execPath), process.env.PATH].join(delimiter),
      ...environment,
    },
  });
  if (error) throw error;
  if (status === 0) return;
  if (quiet) process.stderr.write(`${stdout}${stderr}`);
  process.exit(status ?? 1);
}

/** Runs a program of the workspace. Node reads its TypeScript directly, through the `loci-source` export condition. */
export function node(args, environment = {}) {
  run(process.execPath, ["--conditions=loci-source", "--disable-warning=ExperimentalWarning", ...args], {
    environment,
  });
}

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnServer } from "./backend.ts";
import { type FolderOptions, makeFolder } from "./make-folder.ts";

/** Runs a command to its end. Throws with what it said when it fails. */
export function run(
  command: string,
  parameters: readonly string[],
  {
    cwd,
    environment,
  }: { readonly cwd?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): void {
  const { status, error, stdout, stderr } = spawnSync(command, parameters, {
    encoding: "utf8",
    ...(cwd ? { cwd } : {}),
    env: { ...process.env, ...environment },
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  if (status !== 0)
    throw new Error(`${command} ${parameters.join(" ")} ended with ${status}:\n${stdout}\n${stderr}`);
}

/** Servers that refuse to run as root run as nobody where root tests them. */
export function unprivileged(command: string, parameters: readonly string[]): [string, string[]] {
  if (process.getuid?.() !== 0) return [command, [...parameters]];
  return ["setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", command, ...parameters]];
}

/** How to run one kind of server. */
export interface Command {
  readonly title: string;
  /** Prepares an empty folder. Default: nothing to prepare. */
  prepare?(folder: string): void;
  command(folder: string, port: number): readonly [command: string, parameters: readonly string[]];
  readonly environment?: (folder: string, port: number) => Readonly<Record<string, string>>;
  url(port: number): string;
  /** Whether the server answers. Rejections mean: not yet. */
  isReady(url: string): Promise<boolean>;
  /** How it is asked to end. */
  readonly signal: NodeJS.Signals;
}

const startTimeout = 90_000;
const stopTimeout = 10_000;
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) signalGroup(child, "SIGKILL");
});

/** Starts a server on a free port, on an empty folder that is removed with it. */
export async function startServer(command: Command, options?: FolderOptions): Promise<OwnServer> {
  const folder = makeFolder("loci-backend-", options);
  chmodSync(folder, 0o777);
  command.prepare?.(folder);
  const port = await freePort();
  let child = await launch(command, folder, port);
  return {
    url: command.url(port),
    folder,
    async stop() {
      await end(child, command.signal);
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
    },
    crash: () => end(child, "SIGKILL"),
    async restart() {
      child = await launch(command, folder, port);
    },
  };
}

async function launch(command: Command, folder: string, port: number): Promise<ChildProcess> {
  const log = join(folder, "server.log");
  const output = openSync(log, "a");
  const [program, parameters] = command.command(folder, port);
  const child = spawn(program, parameters, {
    cwd: folder,
    stdio: ["ignore", output, output],
    // A group of its own: some servers are a launcher and its child.
    detached: true,
    env: { ...process.env, ...command.environment?.(folder, port) },
  });
  closeSync(output);
  running.add(child);
  child.once("exit", () => running.delete(child));
  const deadline = Date.now() + startTimeout;
  while (!(await command.isReady(command.url(port)).catch(() => false))) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || Date.now() > deadline) {
      signalGroup(child, "SIGKILL");
      throw new Error(
        `${command.title} ${ended ? "ended" : "did not answer"} at its start:\n${readFileSync(log, "utf8").slice(-3000)}`,
      );
    }
    await sleep(50);
  }
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  if (signal === "SIGKILL") signalGroup(child, signal);
  else child.kill(signal);
  const late = setTimeout(() => signalGroup(child, "SIGKILL"), stopTimeout);
  await gone;
  clearTimeout(late);
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || !address) throw new Error("This machine gives no free port.");
  return address.port;
}

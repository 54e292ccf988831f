import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** The arguments of Node for a process that does a role in a folder. */
export function processArguments(role: string, directory: string): readonly string[] {
  const program = fileURLToPath(new URL("./second-process-roles.fixture.ts", import.meta.url));
  return ["--conditions=loci-source", "--disable-warning=ExperimentalWarning", program, role, directory];
}

/** Starts a second process, which ends with the test. */
export function startProcess(role: string, directory: string): SecondProcess {
  const child = spawn(process.execPath, processArguments(role, directory), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value as string | undefined;
  return {
    child,
    line,
    ask(question) {
      child.stdin.write(`${question}\n`);
      return line();
    },
  };
}

export interface SecondProcess {
  readonly child: ChildProcess;
  /** The next line that it prints. */
  line(): Promise<string | undefined>;
  /** Writes it a line, and returns the next one that it prints. */
  ask(question: string): Promise<string | undefined>;
}

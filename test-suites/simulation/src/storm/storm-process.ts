import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Answer, Call } from "../story/call.ts";
import type { Deployment, Order } from "./storm.fixture.ts";

/** A real process that makes calls on a store. */
export class StormProcess {
  readonly #child: ChildProcess;
  readonly #waiting: Map<number, (answer: Answer | undefined) => void> = new Map();
  /** Whether it came to life before it was killed. */
  readonly #ready: Promise<boolean>;
  #last = 0;
  #deployment: Deployment | undefined;

  /** @param log the file in which it notes the namespaces that it makes @param keyFolder where its keys are */
  constructor(store: string, url: string, log: string, keyFolder: string) {
    this.#child = fork(
      fileURLToPath(new URL("./storm.fixture.ts", import.meta.url)),
      [store, url, log, keyFolder],
      {
        execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"],
        // Receipts have dates.
        serialization: "advanced",
      },
    );
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#ready = promise;
    this.#child.on("message", (message: { isReady?: true; number?: number; answer?: Answer }) => {
      if (message.isReady) resolve(true);
      if (message.number !== undefined) this.#settle(message.number, message.answer);
    });
    this.#child.once("exit", () => {
      resolve(false);
      for (const number of [...this.#waiting.keys()]) this.#settle(number, undefined);
    });
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** @returns whether it is alive */
  async open(deployment: Deployment): Promise<boolean> {
    if (!(await this.#ready) || !this.isAlive) return false;
    if (this.#deployment !== deployment) this.#send({ kind: "open", deployment });
    this.#deployment = deployment;
    return true;
  }

  /** Makes a call. @returns its answer; undefined where the process dies first */
  call(call: Call): { readonly answer: Promise<Answer | undefined>; abort(): void } {
    this.#last += 1;
    const number = this.#last;
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>();
    this.#waiting.set(number, resolve);
    if (this.isAlive) this.#send({ kind: "call", number, call });
    else this.#settle(number, undefined);
    return { answer: promise, abort: () => this.isAlive && this.#send({ kind: "abort", number }) };
  }

  /** Kills it, in the middle of whatever it does. */
  async kill(): Promise<void> {
    if (!this.isAlive) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#child.once("exit", () => resolve());
    this.#child.kill("SIGKILL");
    await promise;
  }

  #settle(number: number, answer: Answer | undefined): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }

  #send(order: Order): void {
    this.#child.send(order, () => {});
  }
}

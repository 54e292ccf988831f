import type { BackendFault, BackendFaults } from "@loci/conformance";

/** What arrives of an answer. */
export type Arrived =
  | { readonly kind: "whole"; readonly value: unknown }
  | { readonly kind: "cut" }
  | { readonly kind: "page" };

/** As a client says that nothing arrived. */
export class LineError extends Error {}

type Fault = "refuse" | "lose-the-answer" | "lose-one-answer" | "cut-answer" | "login-page" | "hang";

/** A line between a store and what it stores, which can be made to fail. It is a fake: both ends are in this process. */
export class FakeLine {
  readonly faults: BackendFaults = {
    refuse: this.#fault("refuse", { retryable: true }),
    "lose-the-answer": this.#fault("lose-the-answer", { retryable: true }),
    "lose-one-answer": this.#fault("lose-one-answer", { retryable: true }),
    "cut-answer": this.#fault("cut-answer", { retryable: true }),
    "login-page": this.#fault("login-page", { retryable: false }),
    hang: this.#fault("hang", { retryable: true, hangs: true }),
  };
  #current: Fault | undefined;
  #passing = 0;
  #met = 0;

  /** Has the other end do something, and returns what arrives of its answer. Its own errors arrive as they are. */
  async send(work: () => Promise<unknown>): Promise<Arrived> {
    const fault = this.#next();
    if (fault === "refuse") throw new LineError("connect ECONNREFUSED");
    if (fault === "login-page") return { kind: "page" };
    if (fault === "hang") return new Promise(() => {});
    const value = await work();
    if (fault === "cut-answer") return { kind: "cut" };
    if (fault !== undefined) throw new LineError("read ECONNRESET");
    return { kind: "whole", value };
  }

  #next(): Fault | undefined {
    if (this.#current === undefined) return undefined;
    if (this.#passing > 0) {
      this.#passing -= 1;
      return undefined;
    }
    this.#met += 1;
    return this.#current === "lose-one-answer" && this.#met > 1 ? undefined : this.#current;
  }

  #fault(name: Fault, how: Omit<BackendFault, "begin">): BackendFault {
    return {
      ...how,
      begin: async (after) => {
        [this.#current, this.#passing, this.#met] = [name, after, 0];
        return async () => {
          this.#current = undefined;
          return this.#met > 0;
        };
      },
    };
  }
}

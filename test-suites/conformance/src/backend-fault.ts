import type { VectorStore } from "@loci/core";

/** One way in which a backend, or what lies between it and the store, fails. */
export interface BackendFault {
  /** What errors have to say: true where the same call may succeed later, false where it will not. Left out: either is right. */
  readonly retryable?: boolean;
  /** Whether every call succeeds in spite of it, as on a slow line. Default: false. */
  readonly harmless?: boolean;
  /** Whether a call ends by the store's own time limit only. It is tried less often, and with all calls at once. Default: false. */
  readonly hangs?: boolean;
  /**
   * Lets the backend fail from now on, after so many requests that still pass. Where requests cannot be counted, at once.
   * @returns ends the fault, and says whether a request met it; undefined where that cannot be known
   */
  begin(after: number): Promise<EndFault>;
}

/** Ends a fault. From then on, the backend is as it was. */
export type EndFault = () => Promise<boolean | undefined>;

/** Faults by their names. */
export type BackendFaults<Name extends string = string> = Readonly<Record<Name, BackendFault>>;

/** A backend that can be made to fail beneath a store. */
export interface FailingBackend {
  /** A store that its backend fails. Time limits of a second or less keep a run short. */
  readonly store: VectorStore;
  /** A store on the same backend, by another way. It looks at what is there when a fault is over. */
  readonly witness: VectorStore;
  /** The first two meet each request of every call, the others the first one and some that follow. */
  readonly faults: BackendFaults;
  /** Ends the faults, closes both stores, and removes what was made for them. */
  dispose(): Promise<void>;
}

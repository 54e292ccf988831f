import type { StoreName } from "./chosen-stores.ts";
import type { FolderOptions } from "./make-folder.ts";

/** A server that answers. */
export interface Server {
  readonly url: string;
  /** Ends it in order. One that was found by its URL goes on. */
  stop(): Promise<void>;
}

/** A server that this process started, and so may treat badly. */
export interface OwnServer extends Server {
  /** Where its files lie. */
  readonly folder: string;
  /** Ends it by SIGKILL, in the middle of whatever it does. */
  crash(): Promise<void>;
  /** Starts it again on the same files and the same port. */
  restart(): Promise<void>;
}

/** A kind of server. */
export interface Backend {
  readonly name: string;
  /** The store that runs on it. Absent for servers of models. */
  readonly store?: StoreName;
  readonly title: string;
  /** The variable that names a server which runs already. */
  readonly variable: string;
  /** The version that `install` brings. */
  readonly version: string;
  /** What `install` brings, and how large it is. */
  readonly brings: string;
  /** Why no verdict follows from it, for one that only stands in for the real server. */
  readonly standIn?: string;
  isInstalled(): boolean;
  /** Brings what the server needs into the cache. Can be repeated, and then does nothing. */
  install(): void;
  /** Starts a server of one's own on a free port, on an empty folder that goes with it. */
  start(options?: FolderOptions): Promise<OwnServer>;
  /** Brings what the tests need onto a server that runs already. Default: nothing is needed. */
  prepare?(url: string): Promise<void>;
}

/** Says on standard error what is being done. */
export function say(text: string): void {
  console.error(`[backends] ${text}`);
}

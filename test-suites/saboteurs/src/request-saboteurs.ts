import { surfaceText } from "@loci/conformance";
import type { Manifest, Namespace, VectorStore } from "@loci/core/store";
import { type NamedSaboteur, wrong } from "./named-saboteur.ts";
import { RightStore, type Space } from "./right-store.ts";

/** A right store that notes what it would send to a backend, as a tap of a harness hears it. */
export class SpokenStore extends RightStore {
  said: string[] = [];

  /** What one call sends. */
  requestOf(space: Space, operation: string, request: object): string {
    return surfaceText({ namespace: space.key, operation, request });
  }

  override async open(request: Parameters<VectorStore["open"]>[0]): Promise<Namespace> {
    this.said.push(`open ${request.key}`);
    return super.open(request);
  }

  override handle(space: Space, claimed?: Manifest): Namespace {
    const { manifest, ...calls } = super.handle(space, claimed);
    const spoken = Object.entries(calls).map(([operation, call]) => [
      operation,
      (request: object) => {
        this.said.push(this.requestOf(space, operation, request));
        return (call as (request: object) => unknown)(request);
      },
    ]);
    return { manifest, ...Object.fromEntries(spoken) };
  }

  /** Runs a call, and tells what was said meanwhile. */
  async tap(call: () => Promise<unknown>): Promise<readonly string[]> {
    this.said = [];
    await call();
    return this.said;
  }
}

const killer = "requests-name-one-namespace";

/** Stores that send too much or too little, and taps that do not hear it. Only a harness with a tap shows them. */
export const requestSaboteurs: readonly NamedSaboteur[] = [
  wrong(
    "hears-no-bodies",
    "The tap hears of a request its address and its reach, and not what it carries.",
    killer,
    class extends SpokenStore {
      override requestOf(space: Space, operation: string, request: object) {
        const { scope } = request as { readonly scope?: unknown };
        return surfaceText([operation, space.key, scope]);
      }
    },
    "core",
  ),
  wrong(
    "hears-the-first-request",
    "The tap is put on a client's first connection, and hears nothing of others.",
    killer,
    class extends SpokenStore {
      #heard = false;
      override async tap(call: () => Promise<unknown>) {
        const said = await super.tap(call);
        const first = this.#heard ? [] : said;
        this.#heard = true;
        return first;
      }
    },
    "core",
  ),
  wrong(
    "counts-without-a-namespace",
    "A count asks the server for a figure that belongs to no namespace.",
    killer,
    class extends SpokenStore {
      override requestOf(space: Space, operation: string, request: object) {
        return operation === "count" ? "statistics of alice" : super.requestOf(space, operation, request);
      }
    },
    "core",
  ),
  wrong(
    "sends-no-reach",
    "A listing asks for everything, and leaves out at home what the reach does not see.",
    killer,
    class extends SpokenStore {
      override requestOf(space: Space, operation: string, request: object) {
        return operation === "list" ? `list ${space.key}` : super.requestOf(space, operation, request);
      }
    },
    "core",
  ),
];

import { type NamespaceKey, NamespaceNotFoundError } from "@loci/core/store";
import type { Request } from "./connection.ts";
import type { CollectionMetadata } from "./schema.ts";

/** The requests of one call on one collection. */
export interface Requests {
  /** Tells the collection from another one under its name. Each point has it in its payload. */
  readonly made: string;
  /** A read of points with `made`. */
  readonly readPoints: Request<Points>;
  /** A read of anything else. */
  readonly read: Request;
  /** Asks first which collection it is, where nothing of the same call has asked. */
  readonly write: Request;
}

/** An answer with points. */
interface Points {
  readonly points: readonly { readonly payload?: Record<string, unknown> | null }[];
}

/**
 * Qdrant knows a collection by its name alone, and one that was made later would answer in the place of one that was dropped. So each
 * call asks which one it is: before its first write, and beside each read. Points say it themselves, so that only a read that finds none
 * asks for it, and a write that follows a read does not ask again.
 * @param made of the collection that the requests are for
 */
export function requestsOf(key: NamespaceKey, made: string, request: Request): Requests {
  let isKnown = false;
  const assertIs = (found: unknown): void => {
    isKnown = found === made;
    if (isKnown) return;
    throw new NamespaceNotFoundError(`The collection ${key} was dropped, and made again.`, {
      namespace: key,
    });
  };
  const assertMade = async (signal: AbortSignal): Promise<void> => {
    const info = await request(signal, (api, init) => api.getCollection({ collection_name: key }, init));
    assertIs((info.config.metadata as Partial<CollectionMetadata> | undefined)?.made);
  };
  return {
    made,
    async readPoints(signal, send) {
      const answer = await request(signal, send);
      for (const { payload } of answer.points) assertIs(payload?.made);
      if (answer.points.length === 0) await assertMade(signal);
      return answer;
    },
    async read(signal, send) {
      // Where both fail, it is always the same error that is told.
      const [answer, made] = await Promise.allSettled([request(signal, send), assertMade(signal)]);
      if (made.status === "rejected") throw made.reason;
      if (answer.status === "rejected") throw answer.reason;
      return answer.value;
    },
    async write(signal, send) {
      if (!isKnown) await assertMade(signal);
      return request(signal, send);
    },
  };
}

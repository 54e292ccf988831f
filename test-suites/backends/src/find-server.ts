import { type Backend, type Server, say } from "./backend.ts";
import { chosenStores } from "./chosen-stores.ts";
import { chosenEffort } from "./effort.ts";

/** Why a run of the tests leaves a server out on purpose, undefined where it does not. */
export function leftOut({ store, title }: Backend): string | undefined {
  if (store === undefined)
    return chosenEffort().isQuick ? `The quick loop leaves out ${title}: npm test` : undefined;
  return chosenStores().includes(store) ? undefined : `LOCI_STORES leaves out ${store}`;
}

/** Why a server cannot be had without installing it, undefined where one can. */
export function missing(backend: Backend): string | undefined {
  if (process.env[backend.variable] || backend.isInstalled()) return undefined;
  return `${backend.title} is neither named by ${backend.variable} nor installed: npm run backends -- install ${backend.name}`;
}

/** The server that the environment names, or one of our own. */
export async function findServer(backend: Backend): Promise<Server> {
  const url = process.env[backend.variable];
  if (url) {
    say(`${backend.title}: the server that ${backend.variable} names.`);
    await backend.prepare?.(url);
    return { url, stop: async () => {} };
  }
  const reason = missing(backend);
  if (reason) throw new Error(reason);
  return backend.start();
}

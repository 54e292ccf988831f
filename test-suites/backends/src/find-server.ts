import { type Backend, type Server, say } from "./backend.ts";

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

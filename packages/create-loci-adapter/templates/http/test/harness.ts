import type { ConformanceHarness } from "@loci/conformance";
import { httpProxy } from "@loci/conformance/proxy";
import { myStore } from "../src/index.ts";
import { startToyServer } from "./toy-server.ts";

export const harness: ConformanceHarness = {
  name: "my-store",
  reproduce: "npm run prove",
  // YOURS: your store on an empty backend. Called again for each case.
  async create() {
    const server = await startToyServer();
    const { url } = server;
    let heard: string[] = [];
    const store = myStore({
      url,
      fetch: (address, init) => {
        heard.push(`${init?.method} ${address} ${init?.body ?? ""}`);
        return fetch(address, init);
      },
    });
    return {
      store,
      // YOURS: a store on the same backend, as another process has it: with a client and handles of its own.
      second: async () => myStore({ url }),
      // YOURS: the bytes of each namespace, read behind the store's back.
      inspect: async () => server.dump(),
      // YOURS: runs a call and returns each request that the store has sent meanwhile.
      async tap(call) {
        heard = [];
        await call();
        return heard;
      },
      // YOURS: a store whose line to the backend fails, with a short time limit, and a witness that asks the backend itself.
      async fail() {
        const proxy = await httpProxy(url);
        const failing = myStore({ url: proxy.url, timeout: 500 });
        const witness = myStore({ url });
        return {
          store: failing,
          witness,
          faults: proxy.faults,
          async dispose() {
            await failing.close();
            await witness.close();
            await proxy.close();
          },
        };
      },
      // YOURS: what your backend says that it is.
      backend: async () => ({ name: "toy server", version: "1" }),
      async dispose() {
        await store.close();
        await server.stop();
      },
    };
  },
};

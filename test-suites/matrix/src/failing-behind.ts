import type { FailingBackend } from "@loci/conformance";
import type { HttpProxy, TcpProxy } from "@loci/conformance/proxy";
import type { VectorStore } from "@loci/core";

/** How long a store waits for a server that hangs, in milliseconds. */
const timeout = 1000;

/**
 * Two stores on one server: one behind a line that fails, one beside it.
 * @param address the server's
 * @param storeAt makes a store at an address, with a timeout in milliseconds
 */
export async function failingBehind(
  proxy: HttpProxy | TcpProxy,
  address: string,
  storeAt: (address: string, timeout?: number) => VectorStore,
): Promise<FailingBackend> {
  const [store, witness] = [storeAt(proxy.url, timeout), storeAt(address)];
  return {
    store,
    witness,
    faults: proxy.faults,
    async dispose() {
      await store.close();
      await witness.close();
      await proxy.close();
    },
  };
}

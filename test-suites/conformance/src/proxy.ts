/** `@loci/conformance/proxy`: lines to a server that can be listened at and treated badly. For Node alone. */
export type { HttpFaultName } from "./proxies/http-faults.ts";
export { type HttpProxy, httpProxy } from "./proxies/http-proxy.ts";
export { type TcpFaultName, type TcpProxy, tcpProxy } from "./proxies/tcp-proxy.ts";

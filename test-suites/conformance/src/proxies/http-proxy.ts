import { once } from "node:events";
import { createServer, request as forward, type IncomingMessage, type ServerResponse } from "node:http";
import type { BackendFaults } from "../backend-fault.ts";
import { CurrentFault } from "./current-fault.ts";
import { type Answer, answers, loginPath, signIn } from "./http-answers.ts";
import { type HttpFaultName, httpFaults } from "./http-faults.ts";
import { listen } from "./listen.ts";

/** A line to an HTTP server. */
export interface HttpProxy {
  /** The address to use instead of the server's. */
  readonly url: string;
  readonly faults: BackendFaults<HttpFaultName>;
  /** Runs a call and returns everything that went over the line meanwhile: method, path and body of each request. */
  tap(call: () => Promise<unknown>): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** How long `delay` keeps a request, in milliseconds. */
const pause = 20;

/**
 * Puts a proxy in front of a server.
 * @param target its address, such as `http://127.0.0.1:6333`
 */
export async function httpProxy(target: string): Promise<HttpProxy> {
  const fault = new CurrentFault(httpFaults);
  const held = new Set<ServerResponse>();
  let heard: string[] | undefined;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url === loginPath) return signIn(response);
    const met = fault.next();
    if (met === "refuse") return reset(response);
    const body = Buffer.concat(await request.toArray());
    heard?.push(`${request.method} ${request.url} ${body}`);
    if (met === "hang") return held.add(response);
    const early = met && answers[met];
    if (early) return early(response);
    if (met === "delay") await new Promise((resolve) => setTimeout(resolve, pause));
    if (met === "cut-request") {
      await sendHalf(target, request, body);
      return reset(response);
    }
    const answer = await send(target, request, body);
    if (met === "repeat-request") await send(target, request, body);
    return giveBack(response, answer, met);
  };
  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    faults: fault.faults(() => {
      for (const response of held) reset(response);
      held.clear();
    }),
    async tap(call) {
      heard = [];
      try {
        await call();
        return heard;
      } finally {
        heard = undefined;
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function giveBack(response: ServerResponse, { status, headers, body }: Answer, met?: HttpFaultName): unknown {
  const part = body.subarray(0, Math.floor(body.length / 2));
  switch (met) {
    case "lose-the-answer":
    case "lose-one-answer":
      return reset(response);
    case "cut-answer":
      // An empty body has no middle, and so its headers are cut.
      if (body.length === 0) return reset(response);
      response.writeHead(status, { ...headers, "content-length": body.length });
      response.write(part, () => response.destroy());
      return;
    case "shorten-answer":
      // Nothing can be seen of what was short already.
      if (body.length < 2) return reset(response);
      response.writeHead(status, { ...headers, "content-length": part.length }).end(part);
      return;
    case "answer-500":
      response.writeHead(500, { "content-type": "text/plain" }).end("Internal Server Error");
      return;
    case "answer-502":
      response.writeHead(502, { "content-type": "text/html" }).end("<html>502 Bad Gateway</html>");
      return;
    default:
      response.writeHead(status, headers).end(body);
  }
}

/** Sends a request on, and returns the whole answer. */
async function send(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const onward = forward(new URL(url ?? "/", target), { method: method ?? "GET", headers });
  onward.end(body);
  const [answer] = (await once(onward, "response")) as [IncomingMessage];
  const { "transfer-encoding": _, ...rest } = answer.headers;
  return { status: answer.statusCode ?? 500, headers: rest, body: Buffer.concat(await answer.toArray()) };
}

/** Sends the first half of a request, and hangs up. */
async function sendHalf(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<void> {
  const onward = forward(new URL(url ?? "/", target), {
    method: method ?? "GET",
    headers: { ...headers, "content-length": body.length + 1 },
  });
  onward.on("error", () => {});
  await new Promise<void>((resolve) => {
    onward.write(body.subarray(0, Math.ceil(body.length / 2)), () => resolve());
    onward.on("close", resolve);
  });
  onward.destroy();
}

function reset(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

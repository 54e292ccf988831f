import { once } from "node:events";
import { createServer, request as forward } from "node:http";

/** A line to an HTTP server that can be listened at. */
export interface HttpTap {
  /** The address to use instead of the server's. */
  readonly url: string;
  /** Runs a call and returns everything that went over the line meanwhile: method, path and body of each request. */
  listen(call: () => Promise<unknown>): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Puts a proxy in front of a server. */
export async function tapHttp(target: string): Promise<HttpTap> {
  let requests: string[] | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      requests?.push(`${request.method} ${request.url} ${body}`);
      const onward = forward(
        new URL(request.url ?? "/", target),
        { method: request.method ?? "GET", headers: request.headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on("error", () => response.destroy());
      onward.end(body);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("This machine gives no free port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async listen(call) {
      requests = [];
      try {
        await call();
        return requests;
      } finally {
        requests = undefined;
      }
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

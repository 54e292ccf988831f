import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { BackendFaults } from "../backend-fault.ts";
import { CurrentFault, type ProxyFault } from "./current-fault.ts";
import { listen } from "./listen.ts";

/** A line to a server of any protocol. What the client sends at once counts as a request. */
export interface TcpProxy {
  /** The server's address, by this line. */
  readonly url: string;
  readonly faults: BackendFaults<TcpFaultName>;
  /** Everything that the clients have sent so far. */
  sent(): Buffer;
  /** How many connections the clients have closed, or lost. */
  closed(): number;
  close(): Promise<void>;
}

/** What can happen to a request. */
export type TcpFaultName =
  | "refuse"
  | "cut-request"
  | "lose-the-answer"
  | "lose-one-answer"
  | "cut-answer"
  | "garble-answer"
  | "hang"
  | "delay";

const table: Readonly<Record<TcpFaultName, ProxyFault>> = {
  /** The server gets a request, and nobody its answer. */
  "lose-the-answer": { retryable: true },
  /** The connection is reset when a request comes, and so are new ones. */
  refuse: { retryable: true },
  /** Half of a request reaches the server. */
  "cut-request": { retryable: true },
  /** The same, once: whoever asks again gets an answer. */
  "lose-one-answer": { retryable: true, once: true },
  /** Half of an answer arrives. */
  "cut-answer": { retryable: true },
  /** An answer whose bytes are no longer those of the protocol. Clients wait for what it seems to announce. */
  "garble-answer": { hangs: true },
  /** The server hears everything, and seems to say nothing. */
  hang: { retryable: true, hangs: true },
  delay: { harmless: true },
};

/** How long `delay` keeps an answer, in milliseconds. */
const pause = 20;

/**
 * Puts a proxy in front of a server.
 * @param target its address, such as `postgres://127.0.0.1:5432/mine`
 */
export async function tcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const fault = new CurrentFault<TcpFaultName>(table);
  const sent: Buffer[] = [];
  const lines = new Set<Line>();
  let closed = 0;
  const server = createServer((client) => {
    const line = new Line(client, connect(Number(port), hostname), fault);
    if (fault.lasting === "refuse") return line.end();
    lines.add(line);
    client.on("data", (data) => sent.push(data));
    client.on("close", () => {
      closed += 1;
      lines.delete(line);
    });
  });
  const own = await listen(server);
  return {
    url: Object.assign(new URL(target), { hostname: "127.0.0.1", port: String(own) }).href,
    faults: fault.faults(() => {
      for (const line of lines) if (line.isHanging) line.end();
    }),
    sent: () => Buffer.concat(sent),
    closed: () => closed,
    async close() {
      for (const line of lines) line.end();
      server.close();
      await once(server, "close");
    },
  };
}

/** One client's connection. */
class Line {
  readonly #client: Socket;
  readonly #server: Socket;
  /** What happens to the next answer. */
  #met: TcpFaultName | undefined;

  constructor(client: Socket, server: Socket, fault: CurrentFault<TcpFaultName>) {
    this.#client = client;
    this.#server = server;
    for (const socket of [client, server]) socket.on("error", () => this.end());
    client.on("close", () => this.end());
    server.on("close", () => this.#leave());
    client.on("data", (data) => this.#send(data, fault.next()));
    server.on("data", (data) => this.#answer(data));
  }

  get isHanging(): boolean {
    return this.#met === "hang";
  }

  end(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  /** The server has ended the connection. What it has said before still arrives. */
  #leave(): void {
    if (this.isHanging) return;
    setTimeout(() => this.#client.end(), this.#met === "delay" ? pause : 0);
  }

  #send(data: Buffer, met: TcpFaultName | undefined): unknown {
    if (met === "refuse") return this.end();
    if (met === "cut-request") {
      this.#server.write(half(data), () => this.end());
      return;
    }
    // Who hangs goes on hanging, whatever is asked later.
    if (met !== undefined || !this.isHanging) this.#met = met;
    this.#server.write(data);
  }

  #answer(data: Buffer): unknown {
    switch (this.#met) {
      case "hang":
        return;
      case "lose-the-answer":
      case "lose-one-answer":
        return this.end();
      case "cut-answer":
        this.#client.write(half(data), () => this.end());
        return;
      case "garble-answer":
        this.#client.write(data.map((byte) => byte ^ 0xff));
        return;
      case "delay":
        setTimeout(() => this.#client.write(data), pause);
        return;
      default:
        this.#client.write(data);
    }
  }
}

function half(data: Buffer): Buffer {
  return data.subarray(0, Math.floor(data.length / 2));
}

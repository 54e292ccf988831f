import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A line to a server that can be treated badly. */
export interface TcpLine {
  /** The server's address, by this line. */
  readonly url: string;
  /** From now on nothing comes back: the server has heard everything, and seems to hang. */
  hang(): void;
  /** The next answer is lost, and the connection with it. */
  cutNextAnswer(): void;
  /** Everything that the callers have sent so far. */
  sent(): Buffer;
  /** How many connections the callers have closed. */
  closed(): number;
  close(): Promise<void>;
}

/** Puts a line in front of a server. */
export async function tcpLine(target: string): Promise<TcpLine> {
  const { hostname, port } = new URL(target);
  let hanging = false;
  let cutting = false;
  let closed = 0;
  const sent: Buffer[] = [];
  const open = new Set<Socket>();
  const server = createServer((caller) => {
    const onward = connect(Number(port), hostname);
    open.add(caller);
    const end = () => {
      caller.destroy();
      onward.destroy();
      open.delete(caller);
    };
    for (const socket of [caller, onward]) {
      socket.on("error", end);
      socket.on("close", end);
    }
    caller.on("close", () => {
      closed += 1;
    });
    caller.on("data", (data) => {
      sent.push(data);
      onward.write(data);
    });
    onward.on("data", (data) => {
      if (hanging) return;
      if (cutting) {
        cutting = false;
        end();
      } else caller.write(data);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("This machine gives no free port.");
  return {
    url: Object.assign(new URL(target), { hostname: "127.0.0.1", port: String(address.port) }).href,
    hang() {
      hanging = true;
    },
    cutNextAnswer() {
      cutting = true;
    },
    sent: () => Buffer.concat(sent),
    closed: () => closed,
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

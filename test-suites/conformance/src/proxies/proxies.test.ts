import { once } from "node:events";
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HttpFaultName, type HttpProxy, httpProxy, type TcpProxy, tcpProxy } from "../proxy.ts";
import { listen } from "./listen.ts";

const asked: string[] = [];
const server = createServer(async (request, response) => {
  request.on("error", () => {});
  const body = await request.toArray().catch(() => ["cut"]);
  asked.push(`${request.method} ${request.url} ${Buffer.concat(body.map((part) => Buffer.from(part)))}`);
  response.writeHead(200, { "content-type": "application/json" }).end('{"answer":"whole"}');
});
let http: HttpProxy;
let tcp: TcpProxy;
beforeAll(async () => {
  const url = `http://127.0.0.1:${await listen(server)}`;
  http = await httpProxy(url);
  tcp = await tcpProxy(url);
});
afterAll(async () => {
  await http.close();
  await tcp.close();
  server.close();
  await once(server, "close");
});

/** What a call comes to: status and text, or that it failed. */
async function ask(url: string, signal = AbortSignal.timeout(5000)): Promise<string> {
  try {
    const response = await fetch(`${url}/path`, {
      method: "POST",
      body: "a question",
      redirect: "manual",
      signal,
      headers: { connection: "close" },
    });
    return `${response.status} ${await response.text()}`;
  } catch (error) {
    return (error as Error).name === "TimeoutError" ? "no answer" : "failed";
  }
}

const whole = '200 {"answer":"whole"}';

describe("a proxy of HTTP", () => {
  it.each<readonly [HttpFaultName, answer: RegExp, asked: readonly string[]]>([
    ["refuse", /^failed$/, []],
    ["cut-request", /^failed$/, ["POST /path cut"]],
    ["lose-the-answer", /^failed$/, ["POST /path a question"]],
    ["lose-one-answer", /^failed$/, ["POST /path a question"]],
    ["cut-answer", /^failed$/, ["POST /path a question"]],
    ["shorten-answer", /^200 \{"answer"$/, ["POST /path a question"]],
    ["repeat-request", /"whole"/, ["POST /path a question", "POST /path a question"]],
    ["delay", /"whole"/, ["POST /path a question"]],
    ["answer-413", /^413 /, []],
    ["answer-429", /^429 /, []],
    ["answer-503", /^503 /, []],
    ["answer-500", /^500 /, ["POST /path a question"]],
    ["answer-502", /^502 /, ["POST /path a question"]],
    ["login-page", /^200 <!DOCTYPE/, []],
    ["login-object", /^200 \{"message"/, []],
    ["redirect", /^302 /, []],
    ["invalid-json", /^200 \{"result": \[, \}$/, []],
    ["empty-answer", /^200 $/, []],
  ])(
    "does what %s says, after the requests that still pass, until it ends",
    async (fault, answer, reached) => {
      const end = await http.faults[fault].begin(1);
      expect(await ask(http.url)).toBe(whole);
      asked.length = 0;
      expect(await ask(http.url)).toMatch(answer);
      await expect.poll(() => asked).toEqual(reached);
      expect(await end()).toBe(true);
      expect(await ask(http.url)).toBe(whole);
    },
  );

  it("hangs until it ends, and says what went over it", async () => {
    const end = await http.faults.hang.begin(0);
    expect(await ask(http.url, AbortSignal.timeout(200))).toBe("no answer");
    const late = ask(http.url);
    expect(await end()).toBe(true);
    expect(await late).toMatch(/failed|whole/);
    expect(await http.tap(() => ask(http.url))).toEqual(["POST /path a question"]);
  });

  it("says that nothing met a fault", async () => {
    const end = await http.faults.refuse.begin(1);
    await ask(http.url);
    expect(await end()).toBe(false);
  });
});

describe("a proxy of TCP", () => {
  it.each([
    ["refuse", "failed"],
    ["cut-request", "failed"],
    ["lose-the-answer", "failed"],
    ["lose-one-answer", "failed"],
    ["cut-answer", "failed"],
    ["garble-answer", "failed"],
    ["hang", "no answer"],
    ["delay", whole],
  ] as const)("does what %s says until it ends", async (fault, answer) => {
    const end = await tcp.faults[fault].begin(0);
    expect(await ask(tcp.url.replace(/\/$/, ""), AbortSignal.timeout(300))).toBe(answer);
    expect(await end()).toBe(true);
    expect(await ask(tcp.url.replace(/\/$/, ""))).toBe(whole);
    expect(tcp.sent().toString()).toContain("a question");
  });
});

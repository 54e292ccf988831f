import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import type { HttpFaultName } from "./http-faults.ts";

/** An answer of the server's. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const json = { "content-type": "application/json" };
const html = { "content-type": "text/html" };
const page = "<!DOCTYPE html><title>Please sign in</title>";

type Respond = (response: ServerResponse) => unknown;

/** What answers in the server's place, which never hears of the request. By the name of the fault. */
export const answers: Readonly<Partial<Record<HttpFaultName, Respond>>> = {
  "answer-413": (response) => response.writeHead(413, html).end("<html>413 Request Entity Too Large</html>"),
  "answer-429": (response) =>
    response.writeHead(429, { ...json, "retry-after": "1" }).end('{"message":"Too many requests"}'),
  "answer-503": (response) => response.writeHead(503, html).end("<html>503 Service Unavailable</html>"),
  "login-page": signIn,
  "login-object": (response) => response.writeHead(200, json).end('{"message":"Please sign in"}'),
  redirect: (response) => response.writeHead(302, { ...html, location: loginPath }).end(page),
  "invalid-json": (response) => response.writeHead(200, json).end('{"result": [, }'),
  "empty-answer": (response) => response.writeHead(200, json).end(),
};

/** Where a redirect leads. */
export const loginPath = "/please-sign-in";

/** A page that asks for a login. */
export function signIn(response: ServerResponse): void {
  response.writeHead(200, html).end(page);
}

import type { ProxyFault } from "./current-fault.ts";

/** What can happen to a request. */
export type HttpFaultName =
  | "refuse"
  | "cut-request"
  | "lose-the-answer"
  | "lose-one-answer"
  | "cut-answer"
  | "shorten-answer"
  | "repeat-request"
  | "delay"
  | "hang"
  | "answer-413"
  | "answer-429"
  | "answer-503"
  | "answer-500"
  | "answer-502"
  | "login-page"
  | "login-object"
  | "redirect"
  | "invalid-json"
  | "empty-answer";

/** What each fault of an HTTP line is like. */
export const httpFaults: Readonly<Record<HttpFaultName, ProxyFault>> = {
  /** The server has done what it was asked, and nobody gets its answer. */
  "lose-the-answer": { retryable: true },
  /** The connection is reset before the request is read. */
  refuse: { retryable: true },
  /** Half of the request's body reaches the server. */
  "cut-request": { retryable: true },
  /** The same, once: whoever asks again gets an answer. */
  "lose-one-answer": { retryable: true, once: true },
  /** The connection ends in the middle of the body. */
  "cut-answer": { retryable: true },
  /** Half of the body, as if that were all. */
  "shorten-answer": { retryable: true },
  /** The server gets each request twice. The first answer counts. */
  "repeat-request": { harmless: true },
  delay: { harmless: true },
  hang: { retryable: true, hangs: true },
  /** What a gateway answers before the server hears of it. */
  "answer-413": { retryable: false },
  "answer-429": { retryable: true },
  "answer-503": { retryable: true },
  /** The server has done what it was asked, and a gateway says that it failed. */
  "answer-500": {},
  "answer-502": { retryable: true },
  /** A page that asks for a login, with status 200. */
  "login-page": { retryable: false },
  /** A login's answer in JSON, with status 200. */
  "login-object": { retryable: false },
  /** A way to such a page. */
  redirect: { retryable: false },
  "invalid-json": {},
  "empty-answer": {},
};

import { LociError } from "@loci/core";
import type { BackendFault, FailingBackend } from "../backend-fault.ts";
import type { Check } from "../conformance-case.ts";

/** One call that a backend may fail. */
export interface Attempt {
  run(): Promise<unknown>;
  /** What is wrong with an answer, undefined where it is right. */
  wrongAnswer(answer: unknown): string | undefined;
  /** What is wrong with what is there afterwards, when the fault is over. */
  wrongAfterwards?(outcome: Outcome): Promise<string | undefined>;
}

/** What a call came to. */
export type Outcome = { readonly answer: unknown } | { readonly error: unknown };

/** Calls by their names. Each makes what its call needs, and then the call. */
export type Attempts = Readonly<Record<string, () => Promise<Attempt>>>;

/**
 * Makes every call under every fault, which meets its first request, and, in turn, those that follow. A call either answers rightly, or fails with an
 * error that says what it may say; what is there afterwards is right, too.
 * @param secret what no error may say, since it is a neighbour's
 */
export async function tryUnderFaults(
  { faults }: FailingBackend,
  attempts: Attempts,
  { check, seed, secret }: { readonly check: Check; readonly seed: number; readonly secret: string },
): Promise<void> {
  const judge = async (
    where: string,
    fault: BackendFault,
    attempt: Attempt,
    outcome: Outcome,
    met: boolean | undefined,
  ) => {
    const problem = problemOf(fault, attempt, outcome, met, secret);
    check(problem === undefined, () => `${where} ${problem}`);
    const wrong = await attempt.wrongAfterwards?.(outcome);
    check(wrong === undefined, () => `${where} ${textOf(outcome)}, and afterwards ${wrong}`);
  };
  /** How many requests a call makes, as the first faults have found. */
  const requests = new Map<string, number>();
  let turn = seed;
  for (const [index, [name, fault]] of Object.entries(faults).entries()) {
    if (fault.hangs) {
      await together(fault, attempts, (way, ...rest) => judge(`Under ${name}, ${way}`, fault, ...rest));
      continue;
    }
    for (const [way, make] of Object.entries(attempts)) {
      const tryAt = async (after: number) => {
        let attempt = await make();
        let { outcome, met } = await underFault(fault, after, () => outcomeWithin(attempt.run()));
        if (mayBeBusy(outcome) && problemOf(fault, attempt, outcome, met, secret)) {
          attempt = await make();
          ({ outcome, met } = await underFault(fault, after, () => outcomeWithin(attempt.run())));
        }
        await judge(`Under ${name} after ${after} requests, ${way}`, fault, attempt, outcome, met);
        return met;
      };
      const known = requests.get(way);
      if (known === undefined || index < thorough) {
        let after = 0;
        while (after < mostRequests && (await tryAt(after)) === true) after += 1;
        requests.set(way, after);
        continue;
      }
      await tryAt(0);
      // The later requests share the faults that follow.
      turn += 1;
      if (known > 1 && turn % 3 === 0) await tryAt(1 + ((turn / 3) % (known - 1)));
    }
  }
}

/** So many faults meet each request of a call in turn, the others the first one and some that follow. */
const thorough = 2;
/** Later requests of a call are not looked at. */
const mostRequests = 6;
/** The milliseconds in which a call has to end. */
const timeLimit = 8000;

/** Runs a call under a fault. */
async function underFault<T>(
  fault: BackendFault,
  after: number,
  run: () => Promise<T>,
): Promise<{ outcome: T; met: boolean | undefined }> {
  const end = await fault.begin(after);
  let met: boolean | undefined;
  let outcome: T;
  try {
    outcome = await run();
  } finally {
    met = await end();
  }
  return { outcome, met };
}

/** All calls at once: each would wait for its time limit. */
async function together(
  fault: BackendFault,
  attempts: Attempts,
  judge: (way: string, attempt: Attempt, outcome: Outcome, met: boolean | undefined) => Promise<void>,
): Promise<void> {
  const made: (readonly [string, Attempt])[] = [];
  for (const [way, make] of Object.entries(attempts)) made.push([way, await make()]);
  const { outcome: outcomes, met } = await underFault(fault, 0, () =>
    Promise.all(made.map(([, attempt]) => outcomeWithin(attempt.run()))),
  );
  for (const [index, [way, attempt]] of made.entries())
    await judge(way, attempt, outcomes[index] as Outcome, met);
}

/** What a call comes to. One that does not end is an outcome, too. */
export async function outcomeWithin(call: Promise<unknown>): Promise<Outcome> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ error: tooLate }), timeLimit);
  });
  const ended = call.then(
    (answer): Outcome => ({ answer }),
    (error: unknown): Outcome => ({ error }),
  );
  return Promise.race([ended, late]).finally(() => clearTimeout(timer));
}

const tooLate = new Error(
  `nothing in ${timeLimit} milliseconds; give the store of the harness's fail() a time limit of a second or less`,
);

/** Codes that say something about the namespace or the caller, which no fault of the backend is. */
const untrue: Readonly<Record<string, string>> = {
  NAMESPACE_NOT_FOUND: "said that the namespace is not there, though the backend could not be asked",
  CLOSED: "said that the store was closed",
  INVALID_INPUT: "blamed its caller",
};

function problemOf(
  fault: BackendFault,
  attempt: Attempt,
  outcome: Outcome,
  met: boolean | undefined,
  secret: string,
): string | undefined {
  if ("answer" in outcome) {
    const wrong = attempt.wrongAnswer(outcome.answer);
    return wrong && `gave a false answer: ${wrong}`;
  }
  const { error } = outcome;
  if (error === tooLate) return `answered ${tooLate.message}.`;
  if (!LociError.isInstance(error)) return `failed with a raw error: ${saidBy(error)}`;
  if (untrue[error.code]) return `${untrue[error.code]}: ${error.message}`;
  if (met === false) return `failed, though nothing met it; an earlier fault is still felt: ${saidBy(error)}`;
  if (fault.harmless) return `failed, though everything was answered: ${saidBy(error)}`;
  if (saidBy(error).includes(secret)) return `named what is a neighbour's: ${saidBy(error)}`;
  if (fault.retryable === undefined || error.retryable === fault.retryable) return undefined;
  return `said retryable: ${error.retryable}, and that is wrong: ${saidBy(error)}`;
}

function textOf(outcome: Outcome): string {
  return "answer" in outcome ? "succeeded" : `failed (${saidBy(outcome.error)})`;
}

/** A short time limit may also be over since the machine is busy. Then the next call succeeds. */
function mayBeBusy(outcome: Outcome): boolean {
  return "error" in outcome && LociError.isInstance(outcome.error) && outcome.error.retryable;
}

/** Everything that an error says, with its causes. */
function saidBy(error: unknown): string {
  const seen = new Set<unknown>();
  const text = JSON.stringify(error, (_, value: unknown) => {
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return undefined;
    seen.add(value);
    if (!(value instanceof Error)) return value;
    return { ...value, name: value.name, message: value.message, cause: value.cause };
  });
  return (text ?? String(error)).slice(0, 2000);
}

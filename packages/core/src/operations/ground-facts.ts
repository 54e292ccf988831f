import type { CheckedExtraction, CheckedFact } from "../extraction/parse-extraction.ts";
import { promptExamples } from "../extraction/prompt-extractor.ts";
import type { TimedMessage } from "../extraction/windows.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { leastTrusted, sourceOf } from "../input/source.ts";
import { documentTerms, queryTerms } from "../text/tokenize.ts";
import { dot } from "../util/dot.ts";

/**
 * Rejects every fact that has nothing to do with the message that it cites: a small model repeats the example of its prompt, or invents.
 * A fact shares a word, a name or a number with the message, its speaker or the message before it, which may be the question; where another
 * message of the window has that word, it is taken to say it. With an
 * embedder it may also be nearer to the message than to any sentence of the example: it was said in other words, or translated.
 */
export async function groundFacts(
  context: OperationContext,
  extraction: CheckedExtraction,
  window: readonly TimedMessage[],
): Promise<CheckedExtraction> {
  const said = window.map(({ text, name = "" }) => `${name}: ${text}`);
  const terms = said.map((text) => new Set(documentTerms(text).map(beginning)));
  const isSaid = ({ message, isCited }: CheckedFact, index: number) =>
    !isCited || (index < message && index >= message - 2);
  const shares = (fact: CheckedFact) => {
    const cited = terms.filter((_, index) => isSaid(fact, index));
    const has = (term: string) => cited.some((found) => found.has(beginning(term)));
    // Somebody may really say what the example says.
    return promptExamples.has(fact.text)
      ? documentTerms(fact.text).every(has)
      : queryTerms(fact.text).some(has);
  };
  const facts = extraction.facts.map((fact) => (shares(fact) ? fact : cite(fact, window, terms)));
  const strange = facts.filter((fact) => !shares(fact));
  if (strange.length === 0) return { ...extraction, facts };
  const retold = await findRetold(
    context,
    strange.filter(({ text }) => !promptExamples.has(text)),
    (fact) => said.filter((_, index) => isSaid(fact, index)),
  );
  const refused = new Set(strange.filter((fact) => !retold.has(fact)));
  const rejected = [...refused].map(
    ({ isCited: _, ...answer }) => ({ reason: "ungrounded", answer }) as const,
  );
  return {
    ...extraction,
    facts: facts.filter((fact) => !refused.has(fact)),
    rejected: [...extraction.rejected, ...rejected],
  };
}

/** A fact that cites another message than the one that says it: it comes from that one, of several from the least trusted. */
function cite(
  fact: CheckedFact,
  window: readonly TimedMessage[],
  terms: readonly ReadonlySet<string>[],
): CheckedFact {
  const own = queryTerms(fact.text).map(beginning);
  const sayers = [...window.keys()].filter((index) => own.some((term) => terms[index]?.has(term)));
  const trustOf = (index: number) => sourceOf(window[index] as TimedMessage);
  const least = leastTrusted(sayers.map(trustOf));
  const message = sayers.findLast((index) => trustOf(index) === least);
  return message === undefined ? fact : { ...fact, message: message + 1 };
}

/** What the forms and derivations of a word have in common: "vegetarisch" is said by who says "Vegetarier". */
function beginning(term: string): string {
  return [...term].slice(0, 6).join("");
}

/** The facts that are nearer to what they cite than to sentences that have nothing to do with it. */
async function findRetold(
  { embedder, signal }: OperationContext,
  facts: readonly CheckedFact[],
  citedBy: (fact: CheckedFact) => readonly string[],
): Promise<ReadonlySet<CheckedFact>> {
  if (!embedder || facts.length === 0) return new Set();
  const others = [...promptExamples];
  const texts = [...new Set([...facts.flatMap((fact) => [fact.text, ...citedBy(fact)]), ...others])];
  const embedded = await embedder.embed(texts, { purpose: "document", ...signal });
  const vectors = new Map(texts.map((text, index) => [text, embedded[index] as Float32Array]));
  const vectorOf = (text: string) => vectors.get(text) as Float32Array;
  const nearest = ({ text }: CheckedFact, some: readonly string[]) =>
    Math.max(...some.map((other) => dot(vectorOf(text), vectorOf(other))));
  return new Set(facts.filter((fact) => nearest(fact, citedBy(fact)) > nearest(fact, others)));
}

import type { CosineScatter } from "../store/manifest.ts";
import { dot } from "../util/dot.ts";
import type { EmbedOptions } from "./embedder.ts";

/**
 * Measures how the cosines of a model scatter: everyday questions against everyday sentences that answer another question.
 * @param embed returns one normalized vector a text
 */
export async function probeScatter(embed: Embed): Promise<CosineScatter> {
  const queries = await embed(
    probes.map(([question]) => question),
    "query",
  );
  const documents = await embed(
    probes.flatMap(([, ...answers]) => answers),
    "document",
  );
  const cosines = queries.flatMap((query, which) =>
    documents.flatMap((document, at) => (Math.floor(at / 2) === which ? [] : [dot(query, document)])),
  );
  const mean = meanOf(cosines);
  // Of small models with 32-bit vectors, rounding can go beyond 1.
  return {
    mean: Math.min(Math.max(mean, -1), 1),
    deviation: Math.sqrt(meanOf(cosines.map((cosine) => (cosine - mean) ** 2))),
  };
}

type Embed = (texts: readonly string[], purpose: EmbedOptions["purpose"]) => Promise<readonly Float32Array[]>;

/** Each question with two sentences that answer it; all other sentences have nothing to do with it. */
const probes: readonly (readonly [question: string, answer: string, other: string])[] = [
  [
    "Where does she live now?",
    "I moved to a small flat in Lisbon last spring.",
    "Her new address is on Garden Street, near the station.",
  ],
  ["What does he like to eat?", "Noodles with peanut sauce are his favourite.", "He never eats mushrooms."],
  [
    "When is the dentist's appointment?",
    "The dentist can see me on Tuesday at nine.",
    "My check-up was moved to the end of the month.",
  ],
  [
    "Which database did the team choose?",
    "We decided to keep the orders in Postgres.",
    "The old system stays on MySQL until the summer.",
  ],
  [
    "What is the name of their dog?",
    "Our puppy is called Bruno.",
    "They adopted a grey terrier from the shelter.",
  ],
  [
    "How did the concert go?",
    "The orchestra played so well that everybody stood up.",
    "I lost my voice from singing along with the band.",
  ],
  [
    "Why was the invoice late?",
    "The accountant was ill, so the bill went out a week later.",
    "Payments wait until the supplier has signed.",
  ],
  [
    "What sport does her son play?",
    "He trains with the swimming club three times a week.",
    "Her boy scored twice in the football match.",
  ],
  [
    "Which medicine is she allergic to?",
    "Penicillin gives her a rash.",
    "She must not take aspirin, says the doctor.",
  ],
  [
    "Where are we going on holiday?",
    "We booked a cabin in the mountains for August.",
    "The ferry to the island leaves at six in the morning.",
  ],
  [
    "What should the report look like?",
    "Please keep the summary to one page with a chart.",
    "Managers want short tables, no long prose.",
  ],
  [
    "Who repairs the heating?",
    "Call the plumber from next door when the radiator is cold.",
    "A technician checks the boiler every autumn.",
  ],
];

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

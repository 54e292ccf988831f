/** Other words for the names of the API, as other libraries and databases use them, in lower case and without signs. */
const synonyms: Readonly<Record<string, string>> = {
  // The scope.
  orgId:
    "org organization organizationid tenant tenantid team teamid workspace workspaceid account accountid customer customerid",
  userId: "user uid person personid member memberid",
  agentId: "agent assistant assistantid bot botid",
  runId: "run session sessionid thread threadid conversation conversationid chat chatid task taskid",
  // The constructor.
  store: "storage vectorstore db database vectordb backend adapter",
  embedder: "embedding embeddings embeddingmodel embeddingsmodel embed encoder",
  languageModel: "llm model lm chatmodel",
  instructions: "prompt systemprompt custominstructions customprompt",
  reranker: "rerank rerankmodel",
  keys: "encryption encryptionkey keyprovider kms",
  directory: "dir folder path",
  deployment: "app application environment namespace",
  // Calls.
  signal: "abortsignal abort",
  actor: "by",
  metadata: "meta attributes tags properties",
  expiresAt: "expires expiry expiration expirationdate ttl",
  timestamp: "createdat saidat date time",
  supersedes: "replaces",
  keyPrefix: "prefix key path",
  infer: "inference extract",
  limit: "topk k n count max maxresults pagesize take",
  threshold: "minscore scorethreshold minsimilarity",
  explain: "explanation debug",
  filter: "filters where",
  levels: "level visibility",
  cursor: "page nextcursor pagetoken offset skip",
  asOf: "at validat",
  maxTokens: "tokens budget tokenlimit maxlength",
  gzip: "compress compressed compression",
  vectors: "includevectors",
  onProgress: "progress",
  takeOver: "force",
  conflicts: "conflict onconflict",
  text: "content memory data",
  content: "text message body",
  role: "author sender",
  // Adapters.
  baseURL: "url endpoint host address",
  host: "url endpoint baseurl address",
  apiKey: "key token secret",
  // Filters.
  $eq: "equals is",
  $ne: "neq not notequals",
  $in: "anyof oneof includes",
  $nin: "notin noneof",
  $gte: "ge min",
  $lte: "le max",
  $exists: "exist has",
};

/** A longer name is no misspelling, and is not compared. */
const maxLength = 40;

/** The name that was probably meant: the same but for case and signs, a synonym, or one that is a typing error away. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  const plain = normalize(given);
  if (plain.length > maxLength) return undefined;
  const same = names.find((name) => normalize(name) === plain);
  const synonym = names.find(
    (name) => Object.hasOwn(synonyms, name) && synonyms[name]?.split(" ").includes(plain),
  );
  if (same ?? synonym) return same ?? synonym;
  const [nearest] = names
    .map((name) => ({ name, distance: editDistance(plain, normalize(name)) }))
    .filter(({ name, distance }) => distance <= (Math.min(name.length, plain.length) < 5 ? 1 : 2))
    .sort((a, b) => a.distance - b.distance);
  return nearest?.name;
}

/** The end of a sentence about an unknown name: what was probably meant, and what there is. */
export function namesHint(given: PropertyKey, names: readonly string[]): string {
  const nearest = typeof given === "string" ? nearestName(given, names) : undefined;
  const all = `there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`;
  return nearest === undefined ? all : `did you mean ${nearest}? There ${all.slice("there ".length)}`;
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}

/** How many characters have to be inserted, deleted, replaced or swapped with the next one. */
function editDistance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwapped) least = Math.min(least, at(i - 2, j - 2) + 1);
      (rows[i] as number[])[j] = least;
    }
  }
  return at(a.length, b.length);
}

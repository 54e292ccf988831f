/** A class of mistakes that the suite once called isolated. */
export type MissedClass =
  | "other processes"
  | "timing"
  | "sizes"
  | "pages and handles"
  | "modes"
  | "filters"
  | "vectors as data"
  | "values"
  | "names"
  | "erasure"
  | "what errors and cursors tell"
  | "below the adapter";

/** A mistake as it was told, a saboteur that makes it, and the case that has to see it. */
type Missed = readonly [mistake: string, saboteur: string, killer: string];

const modes = "reads-answer-the-reference";
const stale = "open-handles-see-what-others-change";
const ended = "handles-end-with-their-namespace";
const left = "what-is-left-is-named";
const whole = "values-come-back-whole";
const names = "nothing-told-names-neighbours";
const counts = "nothing-told-counts-neighbours";

/** Eighty-two wrong stores were tried once, and the suite called 64 of them isolated. Each of their mistakes stands here. */
export const onceMissed: Readonly<Record<MissedClass, readonly Missed[]>> = {
  "other processes": [
    ["a table handle per name, with a library's default consistency", "keeps-a-table-by-name", stale],
    ["a table handle that reads one state", "reads-one-state", stale],
    ["a count cached per handle until its own next write", "keeps-a-count", stale],
    ["a search answer cached per handle", "keeps-hits", stale],
    ["an answer to a text query cached per handle", "keeps-hits-of-words", stale],
    ["a get cached per handle", "keeps-what-it-got", stale],
    ["two creators whose create is not atomic", "looks-before-it-creates", "namespaces-begin-and-end-once"],
    [
      "such creators that lose in 5 of 60 rounds",
      "creates-in-two-steps-now-and-then",
      "namespaces-begin-and-end-once",
    ],
  ],
  timing: [
    [
      "two concurrent upserts of one record make two rows",
      "makes-two-rows",
      "upserts-of-one-record-make-one",
    ],
    [
      "a mistake in some runs of one seed",
      "creates-in-two-steps-now-and-then",
      "namespaces-begin-and-end-once",
    ],
    ["more than nine searches at once share an answer", "shares-many-searches", modes],
    [
      "a count keeps its condition on the shared handle",
      "counts-by-a-shared-condition",
      "handles-stay-right-however-used",
    ],
    [
      "a delete keeps its condition on the shared handle",
      "deletes-by-a-shared-condition",
      "changes-leave-what-the-reference-leaves",
    ],
    ["an upsert in two steps leaves a gap for readers", "leaves-a-gap", "upserts-of-one-record-make-one"],
    ["a write aborted while it runs is stored", "stores-what-was-aborted", "aborted-changes-reject"],
  ],
  sizes: [
    ["more than 8 ids: the reach is forgotten", "forgets-reach-of-nine-ids", modes],
    [
      "50 deletions: the reach is forgotten",
      "forgets-reach-of-fifty-deletions",
      "changes-leave-what-the-reference-leaves",
    ],
    ["8 terms: the reach is forgotten", "forgets-reach-of-nine-terms", modes],
    ["search limits of 200 to 999: the reach is forgotten", "forgets-reach-of-large-limits", modes],
    ["list limits of 200 to 999: the reach is forgotten", "forgets-reach-of-large-pages", modes],
    ["text limits of 200 and more: the reach is forgotten", "forgets-reach-of-large-word-limits", modes],
    ["a filter depth of 5: the reach is forgotten", "forgets-reach-of-deep-filters", modes],
    ["a filter depth of 5: the filter is forgotten", "forgets-deep-filters", modes],
    ["batches over 300: the reach is forgotten", "shares-large-batches", modes],
    ["over 1,000 records: the reach is forgotten", "forgets-reach-of-large-namespaces", modes],
    ["post-filtering above 3,000 records", "filters-late-in-large-namespaces", modes],
    ["overfetching ten times the limit, by vector", "filters-after-the-best", modes],
    ["overfetching ten times the limit, by words", "overfetches-words", modes],
    ["at most 100 hits", "returns-a-hundred-hits", modes],
    ["at most 500 deleted", "deletes-five-hundred", "deletions-stay-exact-among-many"],
  ],
  "pages and handles": [
    ["pages after the first forget the filter", "forgets-filters-of-later-pages", modes],
    ["a cursor that is an offset", "pages-by-offset", "pages-go-on-where-they-were"],
    ["a cursor that still reads after the drop", "pages-after-the-drop", ended],
    ["the third open reads by id without the reach", "forgets-reach-after-three-opens", modes],
    ["an old handle works again after drop and recreate", "follows-the-name", ended],
    ["it writes again", "writes-follow-the-name", ended],
    ["it deletes again", "deletions-follow-the-name", ended],
  ],
  modes: [
    ["a signal given", "forgets-reach-with-a-signal", modes],
    ["a search aborted half-way", "keeps-an-aborted-answer", modes],
    ["Han words", "forgets-reach-of-han", modes],
    ["records that expire", "shows-what-expires", modes],
    ["records that were closed", "shows-what-was-closed", modes],
    ["records from before 1970", "shows-what-is-old", modes],
  ],
  filters: [
    ["core's own time fields left out", "leaves-out-core-times", modes],
    ["count ignores or", "counts-without-or", modes],
    ["count ignores and", "counts-without-and", modes],
    ["count ignores range", "counts-without-range", modes],
    [
      "delete by a range takes the whole reach",
      "deletes-ranges-whole",
      "changes-leave-what-the-reference-leaves",
    ],
  ],
  "vectors as data": [
    ["get with vectors takes another owner's", "gets-vectors-by-id", "vectors-belong-to-their-record"],
    ["list with vectors takes another owner's", "lists-vectors-by-id", "vectors-belong-to-their-record"],
    ["both take another owner's", "takes-vectors-by-id", "vectors-belong-to-their-record"],
    ["negative cosines clamped", "clamps-cosines", "vectors-compare-as-they-are"],
    ["a record without a vector stored as zeros", "stores-zeros-for-none", "vectors-compare-as-they-are"],
  ],
  values: [
    ["numbers stored as Float32", "stores-single-precision", whole],
    ["numbers compared as Float32", "compares-in-single-precision", "values-compare-as-they-are"],
    ["20 tokens a record", "keeps-twenty-terms", "terms-are-kept-whole"],
    ["terms cut at 32 bytes", "cuts-terms", "terms-are-kept-whole"],
    ["the first eight query terms", "asks-with-eight-terms", "terms-are-kept-whole"],
    ["a payload cut at 100,001 characters", "cuts-payloads", whole],
    ["a replaced record keeps old fields", "merges-fields", "replaced-records-keep-nothing"],
  ],
  names: [["namespace keys cut to 8 characters", "cuts-keys", "keys-are-compared-whole"]],
  erasure: [
    ["a drop that renames the file", "renames-what-it-drops", left],
    ["erasure: logical, and residue names another place than what is left", "names-another-place", left],
    ["erasure: logical, and nothing is named after a deletion", "leaves-what-it-deletes", left],
    ["erasure: logical, and nothing is named after a replacement", "leaves-what-it-replaces", left],
    ["a drop that swallows failures", "swallows-what-it-cannot-remove", left],
    ["a drop that swallows its end", "swallows-failed-drops", "aborted-drops-can-be-finished"],
  ],
  "what errors and cursors tell": [
    ["an error that lists the neighbours' keys", "names-neighbours-in-errors", names],
    ["an error that lists the neighbours' owners", "names-owners-in-errors", names],
    ["an error that says how many there are", "counts-neighbours-in-errors", counts],
    ["a cursor that counts all namespaces' records", "counts-everybody-in-cursors", counts],
  ],
  "below the adapter": [
    ["unreachable read as not found", "takes-unreachable-for-missing", "failed-opens-are-not-missing"],
    ["an unreachable drop read as done", "takes-unreachable-for-dropped", "failed-opens-are-not-missing"],
    [
      "partial batches reported as whole",
      "reports-half-a-batch-as-whole",
      "failed-writes-are-whole-or-nothing",
    ],
    ["cut answers read as empty", "takes-a-cut-answer-for-an-empty-one", "failed-reads-are-no-answers"],
    ["a tap that is not honest", "hears-no-bodies", "requests-name-one-namespace"],
    ["leftovers that are not honest", "lists-nothing-that-lies-there", "what-is-left-is-told"],
    ["leftovers of what is gone", "lists-what-is-gone", "what-is-left-is-told"],
    ["residue that is not honest", "names-a-part-of-what-is-left", left],
    [
      "close() during calls waits for ever",
      "closes-when-everybody-has-answered",
      "closing-ends-calls-that-hang",
    ],
    [
      "calls are taken after close() during calls",
      "takes-calls-after-its-close",
      "closing-ends-calls-that-hang",
    ],
  ],
};

/** Mistakes of the same classes that nobody had told of. */
export const sameClass: Readonly<Record<MissedClass, readonly string[]>> = {
  "other processes": [
    "remembers-what-was-missing",
    "remembers-what-it-opened",
    "counts-once-in-a-while",
    "refreshes-every-other-search",
    "lists-its-own-leftovers",
  ],
  timing: [
    "loads-ids-together",
    "lists-by-a-shared-condition",
    "searches-by-a-shared-vector",
    "writes-from-a-shared-buffer",
    "refuses-the-forty-first",
    "reads-in-two-steps",
  ],
  sizes: [
    "returns-a-thousand-hits",
    "finds-a-thousand-by-words",
    "lists-a-thousand",
    "gets-a-hundred",
    "filters-by-five-hundred-values",
    "asks-with-a-hundred-terms",
    "writes-a-thousand",
    "filters-a-sample",
    "lists-without-the-filter-in-large-namespaces",
    "estimates-large-counts",
  ],
  "pages and handles": [
    "keeps-cursors-to-itself",
    "pages-by-the-moment",
    "forgets-vectors-of-later-pages",
    "begins-anew-after-a-deletion",
  ],
  modes: [
    "shows-what-begins-later",
    "aborts-with-its-neighbours",
    "strips-marks-of-terms",
    "sorts-times-as-texts",
  ],
  filters: [
    "takes-falsy-for-absent",
    "takes-true-for-1",
    "folds-values",
    "ignores-long-values",
    "negates-each-value",
    "compares-numbers-in-texts",
    "compares-whole-numbers",
  ],
  "vectors as data": [
    "compares-two-thousand-dimensions",
    "stores-bytes-of-vectors",
    "keeps-an-old-place-in-the-index",
  ],
  values: [
    "trims-values",
    "unwraps-lists-of-one",
    "takes-lists-for-sets",
    "keeps-three-bytes-of-a-character",
    "normalizes-line-ends",
    "loses-records-without-words",
  ],
  names: ["keeps-the-end-of-keys", "lists-leftovers-of-alike-keys", "joins-ids-and-owners"],
  erasure: [
    "keeps-what-it-filtered-out",
    "keeps-versions-that-it-deleted",
    "keeps-pages-on-the-disk",
    "keeps-one-of-a-kind",
  ],
  "what errors and cursors tell": [
    "names-the-owner-of-a-cursor",
    "names-neighbours-in-residue",
    "numbers-rows-of-everybody",
    "names-the-number-of-a-namespace",
    "names-who-was-dropped",
  ],
  "below the adapter": [
    "finds-nothing-when-it-cannot-search",
    "counts-0-when-it-cannot-count",
    "takes-silence-for-success",
    "conflicts-with-itself",
    "lists-no-leftovers-when-it-cannot-list",
    "drops-what-it-can",
    "reads-a-part-of-a-cut-answer",
    "takes-a-refused-line-for-a-closed-store",
    "hears-the-first-request",
  ],
};

import type { Filter } from "@loci/core/store";
import { everything } from "../fixtures.ts";
import type { AnswerOf, Call, Operation, RequestOf, WrongCalls } from "./mistake.ts";

/** Which calls a mistake is made in. */
export interface Mode {
  /** Ends a name: "on-later-pages". */
  readonly id: string;
  /** Ends a sentence: "on pages after the first". */
  readonly when: string;
  /** The operations that have such calls. */
  readonly operations: readonly Operation[];
  applies(call: Call): boolean | Promise<boolean>;
}

/** Makes mistakes in some calls only. */
export function inMode(wrong: WrongCalls, mode: Mode): WrongCalls {
  const limited = Object.entries(wrong).map(([operation, mistake]) => [
    operation,
    async (call: Call) => ((await mode.applies(call)) ? (mistake as Wrong)(call) : call.answer()),
  ]);
  return Object.fromEntries(limited) as WrongCalls;
}

type Wrong = (call: Call) => Promise<AnswerOf<Operation>>;
/** What any request may carry. */
type Anything = Partial<
  RequestOf<"upsert"> & Omit<RequestOf<"search">, "scope"> & RequestOf<"searchText"> & RequestOf<"list">
> & { readonly ids?: readonly string[]; readonly versions?: readonly unknown[] };

const looking = ["search", "searchText", "get", "list", "delete", "count"] as const;
const every = ["upsert", ...looking] as const;
const filtered = ["search", "searchText", "list", "delete", "count"] as const;

function mode(
  id: string,
  when: string,
  operations: readonly Operation[],
  applies: (request: Anything, call: Call) => boolean | Promise<boolean>,
): Mode {
  return { id, when, operations, applies: (call) => applies(call.request as Anything, call) };
}

/** The modes of calls that mistakes hide in. */
export const modes: readonly Mode[] = [
  mode("on-later-pages", "on pages after the first", ["list"], ({ cursor }) => cursor !== undefined),
  mode("on-the-fourth-page", "from the fourth page on", ["list"], ({ cursor }, { handle }) => {
    const pages = cursor === undefined ? 1 : Number(handle.get("pages") ?? 1) + 1;
    handle.set("pages", pages);
    return pages >= 4;
  }),
  mode("in-short-pages", "in pages of one", ["list", "search", "searchText"], ({ limit }) => limit === 1),
  mode(
    "with-limits-over-100",
    "with limits over 100",
    ["list", "search", "searchText"],
    ({ limit = 0 }) => limit > 100,
  ),
  mode("after-the-third-open", "from the third handle on", every, (_, { opens }) => opens >= 3),
  mode(
    "in-first-handles",
    "in the first handle, after others were opened",
    every,
    (_, { opens, process, key }) => {
      const latest = Math.max(opens, Number(process.get(`opens of ${key}`) ?? 0));
      process.set(`opens of ${key}`, latest);
      return opens === 1 && latest > 1;
    },
  ),
  mode("with-a-signal", "when a signal is given", every, ({ signal }) => signal !== undefined),
  mode("in-twos", "while another call runs", every, (_, { running }) => running >= 2),
  mode("in-crowds-of-calls", "while nine other calls run", every, (_, { running }) => running >= 10),
  mode("in-second-stores", "in the second store on a backend", every, (_, { isSecond }) => isSecond),
  mode("after-a-hundred-calls", "after a hundred calls of a handle", every, (_, { calls }) => calls > 100),
  mode("with-vectors", "when vectors are asked for", ["get", "list"], ({ vectors }) => vectors === true),
  mode("over-8-ids", "with more than 8 ids", ["get", "delete"], ({ ids = [] }) => ids.length > 8),
  mode("over-300-ids", "with more than 300 ids", ["get", "delete"], ({ ids = [] }) => ids.length > 300),
  mode(
    "over-50-versions",
    "with more than 50 versions",
    ["delete"],
    ({ versions = [] }) => versions.length > 50,
  ),
  mode("over-8-terms", "with more than 8 terms", ["searchText"], ({ terms = [] }) => terms.length > 8),
  mode("over-100-terms", "with more than 100 terms", ["searchText"], ({ terms = [] }) => terms.length > 100),
  mode("with-Han-terms", "with Han words", ["searchText"], ({ terms = [] }) =>
    terms.some((term) => /\p{sc=Han}/u.test(term)),
  ),
  mode("with-a-filter", "with a filter", filtered, ({ filter }) => filter !== undefined),
  mode(
    "in-deep-filters",
    "with a filter of three levels or more",
    filtered,
    ({ filter }) => depthOf(filter) >= 3,
  ),
  mode(
    "in-deepest-filters",
    "with a filter of six levels or more",
    filtered,
    ({ filter }) => depthOf(filter) >= 6,
  ),
  mode(
    "with-long-lists-in-filters",
    "with a list of over 100 values in the filter",
    filtered,
    ({ filter }) => longestIn(filter) > 100,
  ),
  mode("with-times-in-filters", "with a time in the filter", filtered, ({ filter }) =>
    fieldsOf(filter).some((field) => field.startsWith("$")),
  ),
  mode("over-300-records", "in namespaces of over 300 records", looking, (_, call) => holdsOver(300, call)),
  mode("over-1000-records", "in namespaces of over 1,000 records", looking, (_, call) =>
    holdsOver(1000, call),
  ),
  mode(
    "at-user-level",
    "where one user is asked for",
    looking,
    ({ scope }) => scope?.user !== "any" && scope?.agent === "any",
  ),
  mode(
    "at-agent-level",
    "where an agent is named",
    looking,
    ({ scope }) => scope?.agent !== "any" && scope?.agent.some((one) => one !== "") === true,
  ),
  mode(
    "at-run-level",
    "where a run is named",
    looking,
    ({ scope }) => scope?.run !== "any" && scope?.run.some((one) => one !== "") === true,
  ),
  mode(
    "in-batches-over-100",
    "with over 100 records",
    ["upsert"],
    ({ records = [] }) => records.length > 100,
  ),
  mode(
    "in-batches-over-300",
    "with over 300 records",
    ["upsert"],
    ({ records = [] }) => records.length > 300,
  ),
  mode("in-conditional-writes", "with a condition", ["upsert"], ({ records = [] }) =>
    records.some(({ expected }) => expected !== undefined),
  ),
];

function depthOf(filter: Filter | undefined): number {
  if (!filter) return 0;
  return filter.type === "and" || filter.type === "or" ? 1 + Math.max(...filter.filters.map(depthOf)) : 1;
}

function longestIn(filter: Filter | undefined): number {
  if (!filter) return 0;
  if (filter.type === "and" || filter.type === "or") return Math.max(...filter.filters.map(longestIn));
  return filter.type === "in" ? filter.values.length : 1;
}

function fieldsOf(filter: Filter | undefined): readonly string[] {
  if (!filter) return [];
  return filter.type === "and" || filter.type === "or" ? filter.filters.flatMap(fieldsOf) : [filter.field];
}

async function holdsOver(size: number, { namespace }: Call): Promise<boolean> {
  return (await namespace.count({ scope: everything })) > size;
}

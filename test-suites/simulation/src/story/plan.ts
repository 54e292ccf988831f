import type { Call, CallName } from "./call.ts";
import { erasures, migrations, reads } from "./call.ts";
import { canariesIn } from "./canary.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Random } from "./random.ts";

/** A call that a process will make, before it is known what there is to be called about. */
export interface Intent {
  readonly process: number;
  readonly call: Omit<Call, "id" | "dump">;
  /** Which of the memories, or of the dumps, that are known then. From 0 up to 1. */
  readonly luck: number;
}

/** A dump to import. */
export interface Dump {
  readonly orgId: string;
  readonly text: string;
}

const users = ["alice", "bob", undefined] as const;
/** Canaries from here on belong to dumps that were made before. */
export const firstDonated = 56;

/** What a story has more of than others. */
export interface Bias {
  /** The kinds of calls beside adds and reads. */
  readonly kinds?: readonly CallName[];
  /** How many of the texts expire. */
  readonly expiring?: number;
  /** In how many of the stories memories are encrypted. */
  readonly keys?: number;
}

/** Draws the calls of a story. Each story uses a few kinds of calls, so that these meet more often. */
export function drawPlan(
  random: Random,
  length: number,
  processes: number,
  hasKeys: boolean,
  { kinds: chosen, expiring = 0.08 }: Bias = {},
): readonly Intent[] {
  const possible = [...erasures, ...migrations, "update", "import"].filter(
    (name) => hasKeys || name !== "rotateKey",
  ) as readonly CallName[];
  const kinds = chosen ?? Array.from({ length: 1 + random.below(5) }, () => random.pick(possible));
  const orgs = random.chance(0.25) ? ["acme", "rival"] : ["acme"];
  const sharesUser = random.chance(0.6);
  let canary = 0;
  const added: Pick<Call, "orgId" | "userId" | "canaries">[] = [];
  return Array.from({ length }, (_, index): Intent => {
    const roll = random.next();
    const name: CallName =
      index === 0 || roll < 0.35 ? "add" : roll < 0.5 ? random.pick(reads) : random.pick(kinds);
    const userId = sharesUser && random.chance(0.8) ? "alice" : random.pick(users);
    const texts = name === "add" ? 1 + random.below(3) : name === "update" ? 1 : 0;
    const isRepeated = name === "add" && added.length > 0 && random.chance(0.1);
    const canaries =
      name === "search" || name === "context"
        ? [random.below(Math.max(canary, 1))]
        : Array.from({ length: isRepeated ? 0 : texts }, () => canary++ % firstDonated);
    const call: Intent["call"] = {
      name,
      orgId: random.pick(orgs),
      ...(userId === undefined || isOfOrganization(name) ? {} : { userId }),
      ...(canaries.length > 0 ? { canaries } : {}),
      ...(name === "add" && random.chance(0.7) ? { isConversation: true } : {}),
      ...(name === "add" && random.chance(0.15) ? { infer: true } : {}),
      ...(name === "add" && random.chance(expiring) ? { expiresIn: 1 + random.below(2000) } : {}),
      ...(name === "update" && random.chance(0.25) ? { keeps: true } : {}),
      ...(name === "import" ? { conflicts: random.pick(["keep", "overwrite", "refuse"] as const) } : {}),
      ...(name === "move" ? { cell: random.pick(["here", "there"]) } : {}),
      ...(name === "reembed" ? { embedder: random.pick(["fake-one", "fake-two"]) } : {}),
      ...(isMigration(name) ? { takeOver: random.chance(0.4) } : {}),
    };
    if (isRepeated) {
      const { userId: _, ...rest } = call;
      return {
        process: random.below(processes),
        call: { ...rest, ...random.pick(added) },
        luck: random.next(),
      };
    }
    if (name === "add") {
      const { orgId } = call;
      added.push({ orgId, canaries, ...(call.userId === undefined ? {} : { userId: call.userId }) });
    }
    const intent = { process: random.below(processes), call, luck: random.next() };
    return name === "add" && canaries.length === 1 ? mayBeKeyed(intent) : intent;
  });
}

/** Gives some adds a key. Of an add nothing else depends on its luck, so that no other call of the story changes with it. */
function mayBeKeyed({ process, call, luck }: Intent): Intent {
  if (luck > 0.4) return { process, call, luck };
  const { isConversation: _, infer: __, expiresIn: ___, ...rest } = call;
  return { process, call: { ...rest, key: luck < 0.3 ? "one" : "two" }, luck };
}

/** What an intent means at the moment when the call is made; undefined where there is nothing to call about. */
export function resolveIntent(
  { call, luck }: Intent,
  chronicle: Chronicle,
  dumps: readonly Dump[],
): Call | undefined {
  const { name, orgId, userId } = call;
  if (name === "forget" && userId === undefined) return { ...call, userId: "alice" };
  if (name === "import") {
    const dump = dumps[Math.floor(luck * dumps.length)];
    return dump && { ...call, dump: dump.text, ...(dump.orgId === orgId ? {} : { from: dump.orgId }) };
  }
  if (!["update", "delete", "get", "history"].includes(name)) return call;
  const known = chronicle.known(orgId);
  const memory = known[Math.floor(luck * known.length)];
  if (!memory) return undefined;
  const { userId: _, ...rest } = call;
  return { ...rest, id: memory.id, ...(memory.userId === undefined ? {} : { userId: memory.userId }) };
}

/** Whose the texts of a dump are. */
export function learnDump(chronicle: Chronicle, dump: string): void {
  for (const line of dump.split("\n")) {
    const user = /"user":"(\w*)"/.exec(line)?.[1];
    if (user !== undefined)
      for (const canary of canariesIn(line)) chronicle.learnUser(canary, user === "" ? undefined : user);
  }
}

function isOfOrganization(name: CallName): boolean {
  return (
    name === "import" ||
    name === "offboard" ||
    name === "planOffboarding" ||
    name === "namespaces" ||
    name === "receipts" ||
    (migrations as readonly CallName[]).includes(name)
  );
}

function isMigration(name: CallName): boolean {
  return name === "move" || name === "reembed" || name === "rotateKey" || name === "revert";
}

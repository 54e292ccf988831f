import type { Answer, Call } from "./call.ts";
import { canariesIn } from "./canary.ts";

/** A call that was made: by whom, when, and what it came to. Moments are counted, not measured. */
export interface Entry {
  readonly call: Call;
  readonly process: number;
  readonly began: number;
  /** When its caller had its answer; absent where the process died first. */
  ended?: number;
  answer?: Answer;
  /** The moment from which on it can have no more effects. */
  until: number;
}

/** What was called and acknowledged, and what therefore has to be readable, and what must not be. */
export class Chronicle {
  readonly entries: Entry[] = [];
  /** Those that may still have effects. */
  readonly open: Set<Entry> = new Set();
  #ended: Entry[] = [];
  readonly #userOf = new Map<number, string | undefined>();
  readonly #ids = new Map<string, Map<number, Set<string>>>();
  #moment = 0;

  get now(): number {
    return this.#moment;
  }

  tick(): number {
    this.#moment += 1;
    return this.#moment;
  }

  begin(process: number, call: Call): Entry {
    const entry: Entry = { call, process, began: this.tick(), until: Number.POSITIVE_INFINITY };
    this.entries.push(entry);
    this.open.add(entry);
    if (call.name === "add") for (const canary of call.canaries ?? []) this.#userOf.set(canary, call.userId);
    if (call.name === "update" && call.id) this.learn(call.canaries?.[0], call.orgId, call.id, call.userId);
    return entry;
  }

  end(entry: Entry, answer: Answer): void {
    entry.ended = this.tick();
    entry.answer = answer;
    this.#ended.push(entry);
    if (answer.outcome !== "done") return;
    entry.until = entry.ended;
    this.open.delete(entry);
    const { orgId, userId } = entry.call;
    for (const [canary, id] of Object.entries(answer.ids ?? {}))
      this.learn(Number(canary), orgId, id, userId);
    for (const { canary, id } of answer.sightings)
      if (id && !this.#userOf.has(canary)) continue;
      else if (id) this.learn(canary, orgId, id, this.#userOf.get(canary));
  }

  /** Notes that a call can have no more effects. */
  settle(entry: Entry): void {
    entry.until = this.tick();
    this.open.delete(entry);
  }

  /** The calls that have ended since this was asked last. */
  takeEnded(): readonly Entry[] {
    const ended = this.#ended;
    if (ended.length > 0) this.#ended = [];
    return ended;
  }

  /** Learns which memory has a text, and whose it is. */
  learn(canary: number | undefined, orgId: string, id: string, userId: string | undefined): void {
    if (canary === undefined) return;
    if (!this.#userOf.has(canary)) this.#userOf.set(canary, userId);
    const ids = this.#ids.get(orgId) ?? new Map<number, Set<string>>();
    this.#ids.set(orgId, ids.set(canary, (ids.get(canary) ?? new Set()).add(id)));
  }

  /** Notes whose the texts of a dump are, that was made before the story. */
  learnUser(canary: number, userId: string | undefined): void {
    this.#userOf.set(canary, userId);
  }

  userOf(canary: number): string | undefined {
    return this.#userOf.get(canary);
  }

  /** The memories that a text was seen to be in. */
  idsOf(canary: number, orgId: string): ReadonlySet<string> {
    return this.#ids.get(orgId)?.get(canary) ?? new Set();
  }

  /** The memories of an organization that are known by their ids, with their users. */
  known(orgId: string): readonly { readonly id: string; readonly userId: string | undefined }[] {
    const found = new Map<string, string | undefined>();
    for (const [canary, ids] of this.#ids.get(orgId) ?? [])
      for (const id of ids) found.set(id, this.#userOf.get(canary));
    return Array.from(found, ([id, userId]) => ({ id, userId }));
  }

  /** The calls that may have written a text into an organization. */
  writersOf(canary: number, orgId: string): readonly Entry[] {
    return this.entries.filter(
      ({ call }) =>
        call.orgId === orgId &&
        (call.name === "import"
          ? canariesIn(call.dump ?? "").includes(canary)
          : (call.name === "add" || call.name === "update") && call.canaries?.includes(canary)),
    );
  }

  /**
   * What someone who looks between two moments may see of a text: it `must` be there, since it was acknowledged and
   * nothing can have removed it; `never`, since its removal was acknowledged and nothing can have brought it back, or since
   * nobody wrote it; or it `may`.
   * @param inCopy whether it is about what may be the copy of a migration, which a deletion may have named as left
   */
  verdict(canary: number, orgId: string, from: number, to: number, inCopy = false): Verdict {
    const writers = this.writersOf(canary, orgId).filter(({ began }) => began < to);
    if (writers.length === 0) return { readable: "never", why: "nobody wrote it there" };
    const erasure = this.entries.find(
      (entry) =>
        isDone(entry) &&
        (entry.ended ?? 0) < from &&
        !(inCopy && leavesCopy(entry)) &&
        this.erases(entry.call, canary, orgId) &&
        (entry.call.name !== "delete" || !this.#mayBeTwice(canary, orgId)) &&
        writers.every(({ until }) => until < entry.began),
    );
    if (erasure) return { readable: "never", why: `${erasure.call.name} was acknowledged`, entry: erasure };
    const writer = writers.find(
      (entry) =>
        isDone(entry) &&
        (entry.ended ?? 0) < from &&
        !this.entries.some(
          (other) =>
            other !== entry &&
            other.until > entry.began &&
            other.began < to &&
            this.mayErase(other.call, canary, orgId, entry.call),
        ),
    );
    if (writer && !this.expires(canary, orgId))
      return { readable: "must", why: `${writer.call.name} was acknowledged`, entry: writer };
    return { readable: "may", why: "" };
  }

  /** Whether the call erases a text where it is acknowledged. */
  erases(call: Call, canary: number, orgId: string): boolean {
    if (call.orgId !== orgId) return false;
    if (call.name === "offboard") return true;
    if (call.name === "delete") return this.idsOf(canary, orgId).has(call.id ?? "");
    if (call.name !== "forget" && call.name !== "deleteAll") return false;
    return call.userId === undefined || call.userId === this.userOf(canary);
  }

  /** Whether the call may have erased a text that another one wrote. */
  mayErase(call: Call, canary: number, orgId: string, written: Call): boolean {
    // An import may bring back the memory as it was before its update, or what it had under the same key.
    const restores = call.name === "import" && call.orgId === orgId && call.conflicts === "overwrite";
    return (
      this.erases(call, canary, orgId) ||
      (restores && (written.name === "update" || written.key !== undefined))
    );
  }

  /** Whether a text was updated away before someone looked. */
  overwriter(canary: number, id: string, orgId: string, from: number): Entry | undefined {
    const writers = this.writersOf(canary, orgId);
    return this.entries.find(
      (entry) =>
        (entry.call.name === "update" ? entry.call.id === id : addsUnder(entry, id)) &&
        entry.call.orgId === orgId &&
        !entry.call.canaries?.includes(canary) &&
        isDone(entry) &&
        (entry.ended ?? 0) < from &&
        writers.every(({ until }) => until < entry.began) &&
        !this.entries.some(
          ({ call, until }) => call.name === "import" && call.orgId === orgId && until > entry.began,
        ),
    );
  }

  /** Whether two memories may have the same text: it was added again when the first was superseded, or has a key. */
  #mayBeTwice(canary: number, orgId: string): boolean {
    const adds = this.writersOf(canary, orgId).filter(({ call }) => call.name === "add");
    return (
      this.idsOf(canary, orgId).size > 1 ||
      (adds.length > 1 && adds.some(({ call }) => call.key !== undefined)) ||
      (adds.length > 1 && this.entries.some(({ call }) => call.orgId === orgId && call.infer === true))
    );
  }

  /** Whether a text came with one of some others in a call that was not acknowledged: a part of that may have been stored. */
  cameWith(canary: number, others: ReadonlySet<number>, orgId: string): boolean {
    const calls = this.writersOf(canary, orgId);
    return (
      calls.every((entry) => !isDone(entry)) &&
      calls.some(({ call }) => call.name === "add" && call.canaries?.some((other) => others.has(other)))
    );
  }

  /** Whether a text was written with an end. */
  expires(canary: number, orgId: string): boolean {
    const ids = this.idsOf(canary, orgId);
    const expiring = this.entries.filter(
      ({ call }) =>
        call.expiresIn !== undefined &&
        call.orgId === orgId &&
        call.canaries?.some(
          (other) => other === canary || [...this.idsOf(other, orgId)].some((id) => ids.has(id)),
        ),
    );
    // A text that was updated away and added again is in two memories.
    const isKept = [...ids].every((id) =>
      this.entries.some(
        (entry) =>
          entry.call.keeps === true &&
          entry.call.orgId === orgId &&
          entry.call.id === id &&
          isDone(entry) &&
          expiring.every(({ until }) => until < entry.began),
      ),
    );
    return expiring.length > 0 && !(isKept && ids.size > 0);
  }
}

/** What may be read of a text, and why. */
export interface Verdict {
  readonly readable: "must" | "may" | "never";
  readonly why: string;
  readonly entry?: Entry;
}

/** Whether a deletion has named the copy of a migration as left. */
export function leavesCopy({ answer }: Entry): boolean {
  return answer?.outcome === "done" && answer.leavesCopy === true;
}

/** Whether a call has kept its text in a memory with a key, over the text before. */
function addsUnder({ call, answer }: Entry, id: string): boolean {
  const ids = answer?.outcome === "done" ? answer.ids : {};
  return call.key !== undefined && Object.values(ids ?? {}).includes(id);
}

export function isDone({ answer }: Entry): boolean {
  return answer?.outcome === "done";
}

import { InvalidInputError } from "../errors/invalid-input-error.ts";
import { isLessTrusted, type Source, sourceOf } from "../input/source.ts";
import type { MemoryRecord } from "../records/memory-record.ts";

/** Nothing that is less trusted closes or revises what is more trusted. @throws InvalidInputError */
export function assertTrusted(source: Source, memory: MemoryRecord): void {
  const own = sourceOf(memory.payload);
  if (!isLessTrusted(source, own)) return;
  throw new InvalidInputError(
    `source "${source}" is trusted less than "${own}", where memory ${JSON.stringify(memory.id)} comes from, so that it cannot change it. Add a memory of its own instead.`,
    { path: "source" },
  );
}

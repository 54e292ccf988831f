import { InvalidDumpError } from "../errors/invalid-dump-error.ts";
import { LociError } from "../errors/loci-error.ts";
import { parseMetadata } from "../filter/metadata.ts";
import { parseId, parseText } from "../input/text.ts";
import type { MemoryPayload } from "../records/memory-record.ts";
import { parseScope } from "../scope/parse-scope.ts";
import { type DumpHeader, type DumpRecord, vectorFromBase64 } from "./dump.ts";
import { invalidDump } from "./invalid-dump.ts";

// A dump is untrusted: anyone who can write one can link its lines.

/** @throws InvalidDumpError */
export function parseHeader(content: unknown): DumpHeader {
  const header = content as Partial<DumpHeader>;
  if (header.loci !== "dump") throw invalidDump(1, "is not a Loci dump header");
  if (header.version !== 1)
    throw invalidDump(1, `has version ${String(header.version)}; this version of Loci reads version 1`);
  if (header.kind !== "organization" && header.kind !== "scope")
    throw invalidDump(1, "does not say what it contains");
  if (header.orgId !== null && typeof header.orgId !== "string")
    throw invalidDump(1, "does not name its organization");
  const { embedder = null } = header;
  const isKnown =
    embedder === null || (typeof embedder.id === "string" && Number.isInteger(embedder.dimensions));
  if (!isKnown) throw invalidDump(1, "does not name the embedder of its vectors");
  return { ...header, embedder } as DumpHeader;
}

const events = ["added", "updated", "superseded", "closed"];
const roles = ["user", "assistant", "system", "tool"];

/** @throws InvalidDumpError */
export function parseDumpRecord(content: unknown, line: number): DumpRecord {
  const { id, user, agent, run, memory, vector } = (content ?? {}) as Partial<DumpRecord>;
  const checked = <T>(check: () => T): T => {
    try {
      return check();
    } catch (error) {
      if (LociError.isInstance(error) && !InvalidDumpError.isInstance(error))
        throw invalidDump(line, `has a memory that could not have been stored: ${error.message}`, error);
      throw error;
    }
  };
  checked(() => {
    parseId(id);
    const levels = { userId: user, agentId: agent, runId: run };
    const set = Object.entries(levels).filter(([, value]) => value !== "");
    parseScope(new Map<PropertyKey, unknown>([["orgId", "any"], ...set]), "multi");
    parsePayload(memory, line);
  });
  if (vector !== undefined && (typeof vector !== "string" || !vectorFromBase64(vector)))
    throw invalidDump(line, "has an invalid vector");
  return content as DumpRecord;
}

function parsePayload(memory: MemoryPayload | undefined, line: number): void {
  if (typeof memory !== "object" || memory === null || memory.version !== 1)
    throw invalidDump(line, "has a memory of an unknown version");
  const moments = [memory.createdAt, memory.validFrom, memory.validTo ?? 0, memory.expiresAt ?? 0];
  if (!moments.every((moment) => Number.isFinite(moment) && Math.abs(moment) <= 8_640_000_000_000_000))
    throw invalidDump(line, "has a memory without its times");
  const ids = [memory.supersedes, memory.supersededBy, memory.previous, memory.next];
  for (const id of ids) if (id !== undefined) parseId(id);
  if (memory.role !== undefined && !roles.includes(memory.role))
    throw invalidDump(line, "has an unknown role");
  if (memory.name !== undefined) parseText(memory.name, "name");
  if (memory.inferredBy !== undefined) parseText(memory.inferredBy, "inferredBy");
  const revisions: unknown = memory.revisions;
  if (!Array.isArray(revisions) || revisions.length === 0)
    throw invalidDump(line, "has a memory without a text");
  for (const revision of memory.revisions) {
    parseText(revision.text, "text");
    parseMetadata(revision.metadata);
    if (!events.includes(revision.event) || !Number.isFinite(revision.at))
      throw invalidDump(line, "has a memory with a broken history");
  }
}

import { InvalidDumpError } from "../errors/invalid-dump-error.ts";
import { LociError } from "../errors/loci-error.ts";
import { parseMetadata } from "../filter/metadata.ts";
import { parseKey } from "../input/id-or-key.ts";
import { parseMoment } from "../input/parse-moment.ts";
import { readFields } from "../input/read-fields.ts";
import { parseId, parseText } from "../input/text.ts";
import { normalizeVector } from "../models/normalize-vector.ts";
import {
  assertPayload,
  type MemoryPayload,
  type MemoryRecord,
  payloadParts,
  revisionParts,
} from "../records/memory-record.ts";
import { parseScope } from "../scope/parse-scope.ts";
import type { InnerScope } from "../scope/scope.ts";
import type { EmbedderFingerprint } from "../store/manifest.ts";
import { describe } from "../util/describe.ts";
import { readPlainObject } from "../util/read-plain-object.ts";
import { type DumpHeader, vectorFromBase64 } from "./dump.ts";
import { invalidDump } from "./invalid-dump.ts";

// A dump is untrusted: anyone who can write one can link its lines.

/** @throws InvalidDumpError */
export function parseHeader(content: unknown, line: number): DumpHeader {
  const header = (content ?? {}) as { readonly [Part in keyof DumpHeader]?: unknown };
  const { loci, version, kind, orgId, scope, embedder = null, exportedAt } = header;
  if (loci !== "dump") throw invalidDump(line, "is not a Loci dump header");
  // Version 1 is an earlier state of the same format, without keys.
  if (version !== 1 && version !== 2)
    throw invalidDump(line, `has version ${inWords(version)}; this version of Loci reads versions 1 and 2`);
  if (kind !== "organization" && kind !== "scope")
    throw invalidDump(line, "does not say what it contains: kind must be organization or scope");
  if (orgId !== null)
    checked(line, "does not name its organization", () => parseScope(new Map([["orgId", orgId]]), "multi"));
  return checked(line, "is not a valid header", () => {
    readFields(header, headerParts, "header");
    return {
      loci,
      version: 2,
      kind,
      orgId: orgId as string | null,
      scope: parseInnerScope(scope, line, kind),
      embedder: embedder === null ? null : parseEmbedder(embedder, line),
      exportedAt: parseExportedAt(exportedAt, line),
    };
  });
}

const headerParts = ["loci", "version", "kind", "orgId", "scope", "embedder", "exportedAt"] as const;

function parseInnerScope(scope: unknown, line: number, kind: DumpHeader["kind"]): InnerScope {
  const refuse = (problem: string) => invalidDump(line, `has a scope that ${problem}`);
  const levels = readPlainObject(scope, refuse);
  if (kind === "organization" && levels.size > 0)
    throw refuse("must be empty, since it contains an organization");
  return parseScope(levels, "single").inner;
}

function parseEmbedder(value: unknown, line: number): EmbedderFingerprint {
  const refuse = (problem: string) =>
    invalidDump(line, `does not name the embedder of its vectors: it ${problem}`);
  const parts = readPlainObject(value, refuse);
  const [id, dimensions, details] = [parts.get("id"), parts.get("dimensions"), parts.get("details")];
  if (typeof id !== "string" || id === "") throw refuse("has no id");
  if (!Number.isSafeInteger(dimensions) || (dimensions as number) < 1)
    throw refuse("has no dimensions, a whole number from 1");
  const entries = details === undefined ? [] : [...readPlainObject(details, refuse)];
  if (entries.some(([, detail]) => typeof detail !== "string"))
    throw refuse("has details that are not strings");
  return {
    id,
    dimensions: dimensions as number,
    ...(details === undefined ? {} : { details: Object.fromEntries(entries) as Record<string, string> }),
  };
}

function parseExportedAt(value: unknown, line: number): string {
  return checked(line, "does not say when it was exported", () => {
    parseMoment(value, "exportedAt", "UTC");
    return value as string;
  });
}

/**
 * A record of a dump, checked as what is stored by the other operations. Its vector fits the header's embedder.
 * @throws InvalidDumpError
 */
export function parseDumpRecord(
  content: unknown,
  line: number,
  embedder: EmbedderFingerprint | null,
): MemoryRecord {
  return checked(line, "has a memory that could not have been stored", () => {
    const parts = readFields(content, recordParts, "record");
    const [id, memory, vector] = [parseId(parts.get("id")), parts.get("memory"), parts.get("vector")];
    const [user = "", agent = "", run = ""] = ["user", "agent", "run"].map((level) => {
      const value = parts.get(level);
      if (typeof value !== "string")
        throw invalidDump(line, `has ${level} ${inWords(value)}; a shared level is the empty string`);
      return value;
    });
    const levels = Object.entries({ userId: user, agentId: agent, runId: run });
    parseScope(new Map(levels.filter(([, value]) => value !== "")), "single");
    const payload = parsePayload(memory);
    const scopeKey = { user, agent, run };
    return vector === undefined
      ? { id, scopeKey, payload }
      : { id, scopeKey, payload, vector: parseVector(vector, line, embedder) };
  });
}

function parseVector(value: unknown, line: number, embedder: EmbedderFingerprint | null): Float32Array {
  const vector = typeof value === "string" ? vectorFromBase64(value) : undefined;
  if (!vector) throw invalidDump(line, "has an invalid vector: it is not Float32 numbers in base64");
  if (!embedder) throw invalidDump(line, "has an invalid vector: the header names no embedder");
  return normalizeVector(vector, embedder.dimensions, (problem) =>
    invalidDump(line, `has an invalid vector: ${problem}`),
  );
}

const recordParts = ["id", "user", "agent", "run", "memory", "vector"];

function parsePayload(memory: unknown): MemoryPayload {
  assertPayload(memory);
  readFields(memory, Object.keys(payloadParts), "memory");
  for (const part of ["supersedes", "supersededBy", "previous", "next"] as const)
    if (memory[part] !== undefined) parseId(memory[part], `memory.${part}`);
  for (const part of ["name", "inferredBy"] as const)
    if (memory[part] !== undefined) parseText(memory[part], `memory.${part}`);
  if (memory.key !== undefined) parseKey(memory.key, "memory.key");
  for (const [index, revision] of memory.revisions.entries()) {
    const path = `memory.revisions[${index}]`;
    readFields(revision, Object.keys(revisionParts), path);
    parseText(revision.text, `${path}.text`);
    parseMetadata(revision.metadata, `${path}.metadata`);
  }
  return memory;
}

/** @throws InvalidDumpError */
export function parseFooter(content: unknown, line: number): number {
  return checked(line, "is not a valid end of a dump", () => {
    const records = readFields(content, ["records"], "footer").get("records");
    if (!Number.isSafeInteger(records) || (records as number) < 0)
      throw invalidDump(line, `must count its memories, not say ${inWords(records)}`);
    return records as number;
  });
}

/** An unknown key of a forged dump may be as long as a line. */
const longestReason = 400;

/** Runs checks of what a dump says, and names the line in their errors. */
function checked<T>(line: number, problem: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!LociError.isInstance(error) || InvalidDumpError.isInstance(error)) throw error;
    const reason = error.message.replace(/\.$/, "");
    const short = reason.length > longestReason ? `${reason.slice(0, longestReason)} ...` : reason;
    throw invalidDump(line, `${problem}: ${short}`, error);
  }
}

/** An untrusted value in words: numbers as they are, anything else by its type. */
function inWords(value: unknown): string {
  return typeof value === "number" ? String(value) : describe(value);
}

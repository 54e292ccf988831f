import { InvalidDumpError } from "../errors/invalid-dump-error.ts";
import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { Guard } from "../guard/guard.ts";
import { type ParsedOptions, signalOf } from "../input/options.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { sameEmbedder } from "../store/manifest.ts";
import { busy } from "../tenancy/tenant-sessions.ts";
import type { DumpHeader } from "./dump.ts";
import { exportStream } from "./export.ts";
import { type ImportResult, importRecords } from "./import-records.ts";
import { type DumpSource, openDump } from "./read-dump.ts";

const pageSize = 200;

/**
 * Everything at a scope and below it, as a dump. Each page passes the guard anew, so that an export ends when the
 * organization does.
 */
export async function exportDump(
  guard: Guard,
  scope: ParsedScope,
  kind: DumpHeader["kind"],
  { vectors = true, gzip, onProgress, ...call }: ParsedOptions,
): Promise<ReadableStream<Uint8Array>> {
  const everything = scopeFilter(scope.inner, "within");
  const orgId = orgIdOf(scope.tenant);
  const begin = await guard.read(
    "export",
    scope,
    call,
    async ({ namespace }) => ({
      key: namespace.key as string | null,
      embedder: vectors ? namespace.manifest.embedder : null,
      exported: await namespace.count({ scope: everything, ...signalOf(call) }),
    }),
    () => {
      if (kind === "scope") return { key: null, embedder: null, exported: 0 };
      throw new OrganizationNotFoundError(
        `There is no organization ${JSON.stringify(orgId)} to export: it was never onboarded. Check the id; it is compared exactly.`,
        { orgId },
      );
    },
  );
  const header: DumpHeader = {
    loci: "dump",
    version: 1,
    kind,
    orgId,
    scope: scope.inner,
    embedder: begin.embedder,
    exportedAt: new Date().toISOString(),
  };
  const page = (cursor: string | undefined) =>
    guard.resume(
      scope,
      call,
      async ({ namespace }) => {
        // A page of one namespace is not continued in another.
        if (namespace.key !== begin.key) throw busy(scope.tenant, "being moved");
        return namespace.list({
          scope: everything,
          limit: pageSize,
          vectors: begin.embedder !== null,
          ...(cursor === undefined ? {} : { cursor }),
          ...signalOf(call),
        });
      },
      () => ({ records: [] }),
    );
  return exportStream(
    { header, total: begin.exported, page },
    { ...(gzip ? { gzip } : {}), ...(onProgress ? { onProgress } : {}) },
  );
}

/**
 * Imports the dump of an organization: into one that is new, which is seen when it is complete, or into an active one,
 * batch by batch.
 * @param scope where to, @param owner whose dump it has to be
 */
export async function importDump(
  guard: Guard,
  source: DumpSource,
  scope: ParsedScope,
  owner: Tenant,
  { conflicts = "refuse", region, onProgress, ...call }: ParsedOptions,
): Promise<ImportResult> {
  const dump = await openDump(source);
  const { header } = dump;
  if (header.kind !== "organization") {
    throw new InvalidDumpError(
      "The dump is of one scope, made for whoever asks what is known about them. Only an organization's can be imported.",
      { line: 1 },
    );
  }
  if (header.orgId !== orgIdOf(owner)) {
    throw new InvalidDumpError(
      `The dump belongs to another organization than ${JSON.stringify(orgIdOf(owner))}. Say whose it is with orgId, and where it goes with as, if both are meant.`,
      { line: 1 },
    );
  }
  return guard.import(scope, region, call, dump.id, async (access, isNew) => {
    const { embedder } = access.namespace.manifest;
    const plan = {
      // What lies in a new organization comes from an import of the same dump that was interrupted.
      conflicts: isNew ? "overwrite" : conflicts,
      keepsVectors: embedder !== null && sameEmbedder(embedder, header.embedder),
      ...(onProgress ? { onProgress } : {}),
    } as const;
    const result = await access.locks.exclusive(access.namespace.key, () =>
      importRecords(access, dump, plan),
    );
    const expected = result.imported + result.unchanged;
    const found = isNew
      ? await access.namespace.count({ scope: scopeFilter({}, "within"), ...access.signal })
      : expected;
    if (found !== expected) {
      throw new StoreError(
        `${expected} memories were imported, and the store counts ${found}. The organization stays unseen: import the dump again.`,
        { store: "import" },
        { retryable: true },
      );
    }
    return result;
  });
}

import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import type { Guard } from "../guard/guard.ts";
import { type ParsedOptions, signalOf } from "../input/options.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { orgIdOf } from "../scope/tenant.ts";
import { busy } from "../tenancy/tenant-errors.ts";
import type { DumpHeader } from "./dump.ts";
import { exportStream } from "./export.ts";

/**
 * Exports everything at a scope and below it as a dump. Each page passes the guard again, so an export ends when its
 * organization is offboarded.
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
        // A cursor of one namespace is not valid in another.
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
const pageSize = 200;

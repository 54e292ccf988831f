import { OrganizationNotFoundError } from "../errors/organization-not-found-error.ts";
import type { Guard } from "../guard/guard.ts";
import { signalOf } from "../input/call-options.ts";
import type { ParsedExportOptions } from "../input/export-options.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { orgIdOf } from "../scope/tenant.ts";
import { busy } from "../tenancy/tenant-errors.ts";
import type { DumpHeader } from "./dump.ts";
import { exportStream } from "./export.ts";

const pageSize = 200;

/**
 * Exports everything at a scope and below it as a dump. Each page passes the guard again, so an export ends when its
 * organization is offboarded. It is reported to audit listeners when the stream ends, with what was exported.
 */
export async function exportDump(
  guard: Guard,
  scope: ParsedScope,
  kind: DumpHeader["kind"],
  { vectors = true, gzip, onProgress, ...call }: ParsedExportOptions,
): Promise<ReadableStream<Uint8Array>> {
  const everything = scopeFilter(scope.inner, "within");
  const orgId = orgIdOf(scope.tenant);
  const running = guard.audit.start("export", scope, call);
  const begin = () =>
    guard.resume(
      scope,
      call,
      async ({ namespace }) => ({
        key: namespace.key as string | null,
        embedder: vectors ? namespace.manifest.embedder : null,
        total: await namespace.count({ scope: everything, ...signalOf(call) }),
      }),
      () => {
        if (kind === "scope") return { key: null, embedder: null, total: 0 };
        throw new OrganizationNotFoundError(
          `There is no organization ${JSON.stringify(orgId)} to export: it was never onboarded. Check the id; it is compared exactly.`,
          { orgId },
        );
      },
    );
  const { key, embedder, total } = await begin().catch((error: unknown) => {
    running.failed(error);
    throw error;
  });
  const header: DumpHeader = {
    loci: "dump",
    version: 2,
    kind,
    orgId,
    scope: scope.inner,
    embedder,
    exportedAt: new Date().toISOString(),
  };
  const page = (cursor: string | undefined, signal: AbortSignal) =>
    guard.resume(
      scope,
      { ...call, signal },
      async ({ namespace }) => {
        // A cursor of one namespace is not valid in another.
        if (namespace.key !== key) throw busy(scope.tenant, "moved");
        return namespace.list({
          scope: everything,
          limit: pageSize,
          vectors: embedder !== null,
          ...(cursor === undefined ? {} : { cursor }),
          signal,
        });
      },
      () => ({ records: [] }),
    );
  return exportStream({ header, total, page, running }, { gzip, onProgress, signal: call.signal });
}

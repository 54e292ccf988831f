import { InvalidDumpError } from "../errors/invalid-dump-error.ts";
import { NamespaceNotFoundError } from "../errors/namespace-not-found-error.ts";
import { StoreError } from "../errors/store-error.ts";
import type { Guard } from "../guard/guard.ts";
import type { OperationContext } from "../guard/operation-context.ts";
import { signalOf } from "../input/call-options.ts";
import type { ParsedImportOptions } from "../input/import-options.ts";
import { noPlaceholder } from "../namespace/placeholder.ts";
import type { ParsedScope } from "../scope/parse-scope.ts";
import { scopeFilter } from "../scope/scope-filter.ts";
import { orgIdOf, type Tenant } from "../scope/tenant.ts";
import { sameEmbedder } from "../store/manifest.ts";
import type { Onboarding } from "../tenancy/onboarding.ts";
import { busy } from "../tenancy/tenant-errors.ts";
import type { TenantSessions } from "../tenancy/tenant-sessions.ts";
import type { DumpHeader } from "./dump.ts";
import type { DumpSource } from "./dump-source.ts";
import { importRecords } from "./import-records.ts";
import { countImported, type ImportResult } from "./import-result.ts";
import { type OpenDump, openDump } from "./read-dump.ts";

/** Imports dumps of organizations. */
export class Importer {
  readonly #guard: Guard;
  readonly #sessions: TenantSessions;
  readonly #onboarding: Onboarding;

  constructor(guard: Guard, sessions: TenantSessions, onboarding: Onboarding) {
    this.#guard = guard;
    this.#sessions = sessions;
    this.#onboarding = onboarding;
  }

  /**
   * Imports a dump into a new organization, which becomes visible when the import is complete, or into an active one,
   * batch by batch.
   * @param scope the organization to import into
   * @param owner the organization that the dump has to belong to
   * @throws InvalidDumpError, ImportConflictError, OrganizationBusyError
   */
  async import(
    source: DumpSource,
    scope: ParsedScope,
    owner: Tenant,
    options: ParsedImportOptions,
  ): Promise<ImportResult> {
    return this.#guard.run(async () => {
      const dump = await openDump(source, options.signal);
      try {
        assertOwner(dump.header, owner);
        return await this.#import(dump, scope, options);
      } finally {
        dump.close();
      }
    });
  }

  #import(dump: OpenDump, scope: ParsedScope, options: ParsedImportOptions): Promise<ImportResult> {
    const { tenant } = scope;
    const { region, ...call } = options;
    return this.#guard.audit.record({ name: "import", counts: countImported }, scope, call, async () => {
      const signal = signalOf(call);
      const target = await this.#onboarding.beginImport(tenant, region, signal);
      const context = this.#guard.contextFor(scope, target.session, signal);
      const result = await importInto(context, dump, target.isNew, options).catch((error: unknown) => {
        const isMoved = NamespaceNotFoundError.isInstance(error) && !target.isNew;
        throw isMoved ? busy(tenant, "moved") : error;
      });
      if (target.isNew) await this.#onboarding.finishImport(tenant, target, signal);
      else if (!(await this.#sessions.renew(tenant, target.session, signal))) throw busy(tenant, "moved");
      return result;
    });
  }
}

async function importInto(
  context: OperationContext,
  dump: OpenDump,
  isNew: boolean,
  { conflicts = "refuse", onProgress }: ParsedImportOptions,
): Promise<ImportResult> {
  const { namespace, signal } = context;
  const { embedder } = namespace.manifest;
  const plan = {
    // A new organization holds only what an interrupted import of the same dump has left.
    conflicts: isNew ? "overwrite" : conflicts,
    keepsVectors: embedder !== null && sameEmbedder(embedder, dump.header.embedder),
    ...(onProgress ? { onProgress } : {}),
  } as const;
  const result = await importRecords(context, dump, plan);
  const expected = result.imported + result.unchanged;
  const counted = { scope: scopeFilter({}, "within"), filter: noPlaceholder, ...signal };
  const found = isNew ? await namespace.count(counted) : expected;
  if (found === expected) return result;
  throw new StoreError(
    `${expected} memories were imported, but the store counts ${found}. The organization stays invisible: import the dump again.`,
    { store: namespace.store },
    { retryable: true },
  );
}

function assertOwner(header: DumpHeader, owner: Tenant): void {
  if (header.kind !== "organization") {
    throw new InvalidDumpError(
      "The dump holds one scope, for a person who asks for their data. Only the dump of an organization can be imported.",
      { line: 1 },
    );
  }
  if (header.orgId !== orgIdOf(owner)) {
    throw new InvalidDumpError(
      `The dump belongs to another organization than ${JSON.stringify(orgIdOf(owner))}. If another organization's dump is meant, name that organization in { from }.`,
      { line: 1 },
    );
  }
}

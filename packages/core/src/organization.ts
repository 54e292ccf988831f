import type { Engine } from "./build-engine.ts";
import { countErased, type ErasurePlan, type ErasureReceipt } from "./erasure/receipt.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import type { Counts, Operation } from "./guard/audit.ts";
import { type Call, type CallOptions, callOptions, signalOf } from "./input/call-options.ts";
import { type ExportOptions, exportOptions } from "./input/export-options.ts";
import { type ImportOptions, importOptions } from "./input/import-options.ts";
import { type MigrationOptions, migrationOptions } from "./input/migration-options.ts";
import { type MoveOptions, moveOptions } from "./input/move-options.ts";
import { type OnboardOptions, onboardOptions } from "./input/onboard-options.ts";
import { type OptionTable, type Parsed, parseOptions } from "./input/option-table.ts";
import {
  type PlanReembeddingOptions,
  planReembeddingOptions,
  type ReembedOptions,
  reembedOptions,
} from "./input/reembed-options.ts";
import { type ScopesOptions, scopesOptions } from "./input/scopes-options.ts";
import { countMigrated, type MigrationResult } from "./migration/migration.ts";
import type { ReembedPlan } from "./migration/migrations.ts";
import { listScopes, type ScopePage } from "./operations/list-scopes.ts";
import { assertNoCursor } from "./records/cursor.ts";
import { type ParsedScope, parseScope } from "./scope/parse-scope.ts";
import type { Tenant } from "./scope/tenant.ts";
import type { DumpSource } from "./transfer/dump-source.ts";
import { exportDump } from "./transfer/export-dump.ts";
import type { ImportResult } from "./transfer/import-result.ts";
import { each } from "./util/each.ts";

/**
 * One organization as its administrator sees it: its first and its last day, its dumps, and the migrations of its
 * memories. Take it from `memory.organization()`. Every method checks its options before any I/O. Beside the errors that
 * it names, every method throws `InvalidInputError` for a misspelt or broken option and `ClosedError` after the memory
 * was closed; all but `onboard` and `offboard` throw `OrganizationGoneError` for an offboarded organization.
 * @example
 * ```ts
 * const acme: Organization = memory.organization("acme");
 * const dump = await acme.export();
 * const receipt = await acme.offboard({ actor: "support/mia" });
 * ```
 */
export class Organization {
  readonly #engine: Engine;
  readonly #scope: ParsedScope;

  /** @internal Made by `memory.organization()`. */
  constructor(engine: Engine, scope: ParsedScope) {
    this.#engine = engine;
    this.#scope = scope;
  }

  /** The id of the organization; null with single tenancy. */
  get orgId(): string | null {
    const { tenant } = this.#scope;
    return tenant.kind === "organization" ? tenant.orgId : null;
  }

  /**
   * Creates the organization's namespace before its first write, in a region where there are several. An offboarded
   * organization is refused until this is called, and then starts empty. Does nothing for an active one.
   * @throws InvalidInputError for an unknown region, a missing one where there are several, or another one than the
   * organization is in; RegionFullError
   */
  async onboard(options: OnboardOptions = {}): Promise<void> {
    const parsed = this.#parse(options, onboardOptions);
    this.#engine.regions.assertKnown(parsed.region);
    await this.#record("onboard", parsed, countNothing, (tenant) =>
      this.#engine.onboarding.onboard(tenant, parsed.region, signalOf(parsed)),
    );
  }

  /**
   * Deletes the organization: refuses later writes, drops its namespaces, and checks that they are gone. Can be repeated;
   * after a crash, call it again.
   * @returns a receipt of what was dropped, what was checked, and what the backend still holds
   * @throws OrganizationNotFoundError when there never was such an organization; StoreError when something is left
   */
  async offboard(options: CallOptions = {}): Promise<ErasureReceipt> {
    const call = this.#parse(options, callOptions);
    return this.#record("offboard", call, countErased, (tenant) =>
      this.#engine.offboarding.offboard(tenant, call),
    );
  }

  /** What `offboard` would delete. @throws OrganizationNotFoundError */
  async planOffboarding(options: CallOptions = {}): Promise<ErasurePlan> {
    const call = this.#parse(options, callOptions);
    return this.#record("planOffboarding", call, countPlanned, (tenant) =>
      this.#engine.offboarding.plan(tenant, signalOf(call)),
    );
  }

  /**
   * Everything of the organization, with history and vectors, as a dump: lines of JSON that a later version can read.
   * The stream reads one page at a time. What is written meanwhile may be in the dump or not.
   * @throws OrganizationNotFoundError
   */
  async export(options: ExportOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const parsed = this.#parse(options, exportOptions);
    return exportDump(this.#engine.guard, this.#scope, "organization", parsed);
  }

  /**
   * Imports a dump into this organization, with ids, times and history. Every line is checked before it is written. A
   * new organization becomes visible when its import is complete; repeat an interrupted import with the same dump.
   * Vectors of another embedder are made again.
   * @param source the dump, compressed or not: a web stream, or any stream that yields bytes
   * @throws InvalidDumpError when it is damaged, cut, or of another organization than `from`; ImportConflictError when it
   * would overwrite something
   */
  async import(source: DumpSource, options: ImportOptions = {}): Promise<ImportResult> {
    const { from, ...parsed } = this.#parse(options, importOptions);
    const owner = from === undefined ? this.#scope.tenant : this.#ownerOf(from);
    return this.#engine.importer.import(source, this.#scope, owner, parsed);
  }

  /**
   * Brings the organization's memories to another region or cell, online: reads continue, and writes wait for a moment
   * at the end. The copy is counted and compared before the switch, which every process notices. The old namespace is
   * dropped, with a receipt. After a crash, call it again.
   * @throws OrganizationNotFoundError; OrganizationBusyError while another process migrates it; RegionFullError
   */
  async move(options: MoveOptions): Promise<MigrationResult> {
    const parsed = this.#parse(options, moveOptions);
    const { to } = parsed;
    if (!to) {
      throw new InvalidInputError('to is missing: say where to, as in { to: { region: "eu" } }.', {
        path: "to",
      });
    }
    if (to.region !== undefined) this.#engine.regions.assertKnown(to.region, to.cell);
    return this.#migrate("move", parsed, (tenant) => this.#engine.migrations.move(tenant, parsed));
  }

  /**
   * Makes the organization's vectors with another embedder, online, as `move` does. The old vectors are kept until
   * `confirm`, and `revert` goes back to them.
   * @throws InvalidInputError for an embedder that this memory was not given; ModelError; otherwise as `move`
   */
  async reembed(options: ReembedOptions = {}): Promise<MigrationResult> {
    const parsed = this.#parse(options, reembedOptions);
    return this.#migrate("reembed", parsed, (tenant) => this.#engine.migrations.reembed(tenant, parsed));
  }

  /** What `reembed` would cost. @throws as `reembed` */
  async planReembedding(options: PlanReembeddingOptions = {}): Promise<ReembedPlan> {
    const parsed = this.#parse(options, planReembeddingOptions);
    return this.#record("planReembedding", parsed, countPlanned, (tenant) =>
      this.#engine.migrations.planReembedding(tenant, parsed),
    );
  }

  /**
   * Drops the vectors from before the last re-embedding.
   * @returns a receipt of the namespace that was dropped
   * @throws InvalidInputError where none are kept
   */
  async confirm(options: CallOptions = {}): Promise<ErasureReceipt> {
    const call = this.#parse(options, callOptions);
    return this.#record("confirm", call, countErased, (tenant) =>
      this.#engine.migrations.confirmReembedding(tenant, call),
    );
  }

  /**
   * Goes back to the vectors from before the last re-embedding, online. What was written since is embedded as before.
   * @throws InvalidInputError where none are kept; otherwise as `move`
   */
  async revert(options: MigrationOptions = {}): Promise<MigrationResult> {
    const parsed = this.#parse(options, migrationOptions);
    return this.#migrate("revert", parsed, (tenant) =>
      this.#engine.migrations.revertReembedding(tenant, parsed),
    );
  }

  /**
   * Encrypts the organization's memories with a new data key, online, as `move` does. An organization that was not
   * encrypted is encrypted afterwards.
   * @throws InvalidInputError without a key provider; KeyError; otherwise as `move`
   */
  async rotateKey(options: MigrationOptions = {}): Promise<MigrationResult> {
    const parsed = this.#parse(options, migrationOptions);
    return this.#migrate("rotateKey", parsed, (tenant) => this.#engine.migrations.rotateKey(tenant, parsed));
  }

  /**
   * Ends a move, a re-embedding or a change of keys that was interrupted before the switch, and drops its copy. Does
   * nothing where there is none.
   * @throws OrganizationBusyError while another process runs it
   */
  async cancelMigration(options: CallOptions = {}): Promise<void> {
    const call = this.#parse(options, callOptions);
    await this.#record("cancelMigration", call, countNothing, (tenant) =>
      this.#engine.migrations.cancelMigration(tenant, call),
    );
  }

  /**
   * Every namespace that was ever to be made for this organization, as the registry has it: those in use, and those that a move, an
   * import or an offboarding has removed. What is not listed was never made. For an audit, compare it with what the backend lists.
   */
  async namespaces(options: CallOptions = {}): Promise<readonly OrganizationNamespace[]> {
    const call = this.#parse(options, callOptions);
    const counts = (found: readonly OrganizationNamespace[]): Counts => ({ found: found.length });
    const { namespaces } = this.#engine;
    return this.#record("namespaces", call, counts, async (tenant) =>
      (await namespaces.list(tenant, signalOf(call))).map(({ location, listedAt, removedAt }) => ({
        namespace: namespaces.key(tenant, location),
        region: location.region,
        cell: location.cell,
        listedAt: new Date(listedAt),
        removedAt: removedAt === undefined ? null : new Date(removedAt),
      })),
    );
  }

  /**
   * The scopes of the organization that have memories now, with their number, page by page: 100 a page by default. With `by: "user"`, the users
   * wherever they occur. Each page reads every memory once.
   * @throws InvalidCursorError
   */
  async scopes(options: ScopesOptions = {}): Promise<ScopePage> {
    const { limit, cursor, by, ...call } = this.#parse(options, scopesOptions);
    const page = { ...(limit && { limit }), ...(cursor !== undefined && { cursor }), ...(by && { by }) };
    const counts = ({ scopes }: ScopePage): Counts => ({ found: scopes.length });
    return this.#engine.guard.read(
      { name: "scopes", counts },
      this.#scope,
      call,
      (context) => listScopes(context, page),
      () => {
        assertNoCursor(cursor);
        return { scopes: [] };
      },
    );
  }

  /** The same without pages: `for await (const { scope, memories } of acme.allScopes())`. @throws as `scopes` */
  allScopes(options: ScopesOptions = {}): AsyncGenerator<ScopePage["scopes"][number], void, undefined> {
    this.#parse(options, scopesOptions);
    return each(
      (cursor) => this.scopes({ ...options, ...cursor }),
      ({ scopes }) => scopes,
    );
  }

  #parse<Options>(options: Options, table: OptionTable<Options>): Parsed<Options> {
    this.#engine.guard.assertOpen();
    const parsed = parseOptions(options, table);
    (parsed as Call).signal?.throwIfAborted();
    return parsed;
  }

  #record<T>(
    name: Operation,
    call: Call,
    counts: (result: T) => Counts,
    run: (tenant: Tenant) => Promise<T>,
  ): Promise<T> {
    const { guard } = this.#engine;
    return guard.run(() =>
      guard.audit.record({ name, counts }, this.#scope, call, () => run(this.#scope.tenant)),
    );
  }

  #migrate(
    name: Operation,
    call: Call,
    run: (tenant: Tenant) => Promise<MigrationResult>,
  ): Promise<MigrationResult> {
    return this.#record(name, call, countMigrated, run);
  }

  /** The tenant of a dump of another organization. */
  #ownerOf(from: string): Tenant {
    if (this.#scope.tenant.kind === "single") {
      throw new InvalidInputError('from is not accepted with tenancy "single": leave it out.', {
        path: "from",
      });
    }
    return parseScope(new Map([["orgId", from]]), "multi").tenant;
  }
}

/**
 * A namespace of an organization.
 * @example
 * ```ts
 * const inUse = (await acme.namespaces()).filter(({ removedAt }: OrganizationNamespace) => removedAt === null);
 * ```
 */
export interface OrganizationNamespace {
  /** Its name in the backend. */
  readonly namespace: string;
  readonly region: string;
  readonly cell: string;
  /** When it was written down, before it was made. */
  readonly listedAt: Date;
  /** When its backend said that it was gone; null while it may be there. */
  readonly removedAt: Date | null;
}

function countPlanned({ memories }: { readonly memories: number }): Counts {
  return { found: memories };
}

function countNothing(): Counts {
  return {};
}

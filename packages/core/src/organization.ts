import type { Engine } from "./build-engine.ts";
import type { ErasurePlan, ErasureReceipt } from "./erasure/receipt.ts";
import { InvalidInputError } from "./errors/invalid-input-error.ts";
import type { Operation } from "./guard/audit.ts";
import {
  type CallOptions,
  callOptions,
  type ExportOptions,
  type ImportOptions,
  type MigrationOptions,
  type MoveOptions,
  type OnboardOptions,
  type OptionName,
  type ParsedOptions,
  parseOptions,
  type ReembedOptions,
  signalOf,
} from "./input/options.ts";
import { exportOptions } from "./memory-scope.ts";
import type { MigrationResult } from "./migration/migration.ts";
import type { ReembedPlan } from "./migration/migrations.ts";
import { type ParsedScope, parseScope, readOnce } from "./scope/parse-scope.ts";
import type { Tenant } from "./scope/tenant.ts";
import { exportDump } from "./transfer/export-dump.ts";
import type { ImportResult } from "./transfer/import-result.ts";
import type { DumpSource } from "./transfer/read-dump.ts";

const migrationOptions = ["takeOver", "onProgress", ...callOptions] as const;

/**
 * One organization as its administrator sees it: its beginning and its end, its dumps, and the migrations of its
 * memories. Take it from `memory.organization(orgId)`. Every method checks its options before any I/O, takes an
 * `AbortSignal`, and throws `ClosedError` after the memory was closed.
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
    const parsed = this.#parse(options, ["region", ...callOptions]);
    this.#engine.regions.assertKnown(parsed.region);
    await this.#record("onboard", parsed, async (tenant) => {
      await this.#engine.onboarding.onboard(tenant, parsed.region, signalOf(parsed));
    });
  }

  /**
   * Deletes the organization: refuses later writes, drops its namespaces, and checks that they are gone. Can be repeated;
   * after a crash, call it again.
   * @returns a receipt of what was dropped, what was checked, and what the backend still holds
   * @throws OrganizationNotFoundError when there never was such an organization; StoreError when something is left
   */
  async offboard(options: CallOptions = {}): Promise<ErasureReceipt> {
    const parsed = this.#parse(options, callOptions);
    return this.#record("offboard", parsed, (tenant) => this.#engine.offboarding.offboard(tenant, parsed));
  }

  /** What `offboard` would delete. @throws OrganizationNotFoundError */
  async planOffboarding(options: CallOptions = {}): Promise<ErasurePlan> {
    const parsed = this.#parse(options, callOptions);
    return this.#record("planOffboarding", parsed, (tenant) =>
      this.#engine.offboarding.plan(tenant, signalOf(parsed)),
    );
  }

  /**
   * Everything of the organization, with history and vectors, as a dump: lines of JSON that a later version can read.
   * The stream reads one page at a time. What is written meanwhile may be in the dump or not.
   * @throws OrganizationNotFoundError, OrganizationGoneError, InvalidInputError
   */
  async export(options: ExportOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return exportDump(this.#engine.guard, this.#scope, "organization", this.#parse(options, exportOptions));
  }

  /**
   * Imports a dump into this organization, with ids, times and history. Every line is checked before it is written. A
   * new organization becomes visible when its import is complete; repeat an interrupted import with the same dump.
   * Vectors of another embedder are made again.
   * @param source the dump, compressed or not: a web stream, or any stream that yields bytes
   * @throws InvalidDumpError when it is damaged, cut, or of another organization than `from`; ImportConflictError when it
   * would overwrite something; OrganizationGoneError
   */
  async import(source: DumpSource, options: ImportOptions = {}): Promise<ImportResult> {
    const { from, ...parsed } = this.#parse(options, [
      "from",
      "conflicts",
      "region",
      "onProgress",
      ...callOptions,
    ]);
    const owner = from === undefined ? this.#scope.tenant : this.#ownerOf(from);
    return this.#engine.importer.import(source, this.#scope, owner, parsed);
  }

  /**
   * Brings the organization's memories to another region or cell, online: reads continue, and writes wait for a moment
   * at the end. The copy is counted and compared before the switch, which every process notices. The old namespace is
   * dropped, with a receipt. After a crash, call it again.
   * @throws InvalidInputError, OrganizationNotFoundError, OrganizationGoneError, OrganizationBusyError while another
   * process migrates it, RegionFullError
   */
  async move(options: MoveOptions): Promise<MigrationResult> {
    const parsed = this.#parse(options ?? {}, ["to", ...migrationOptions]);
    if (!parsed.to) {
      throw new InvalidInputError('to is missing: say where to, as in { to: { region: "eu" } }.', {
        path: "to",
      });
    }
    if (parsed.to.region !== undefined) this.#engine.regions.assertKnown(parsed.to.region, parsed.to.cell);
    return this.#record("move", parsed, (tenant) => this.#engine.migrations.move(tenant, parsed));
  }

  /**
   * Makes the organization's vectors with another embedder, online, as `move` does. The old vectors are kept until
   * `confirm`, and `revert` goes back to them.
   * @throws InvalidInputError for an embedder that this memory was not given; otherwise as `move`, and ModelError
   */
  async reembed(options: ReembedOptions = {}): Promise<MigrationResult> {
    const parsed = this.#parse(options, ["embedder", ...migrationOptions]);
    return this.#record("reembed", parsed, (tenant) => this.#engine.migrations.reembed(tenant, parsed));
  }

  /** What `reembed` would cost. @throws InvalidInputError, OrganizationNotFoundError, OrganizationGoneError */
  async planReembedding(
    options: Pick<ReembedOptions, "embedder" | keyof CallOptions> = {},
  ): Promise<ReembedPlan> {
    const parsed = this.#parse(options, ["embedder", ...callOptions]);
    return this.#record("planReembedding", parsed, (tenant) =>
      this.#engine.migrations.planReembedding(tenant, parsed),
    );
  }

  /**
   * Drops the vectors from before the last re-embedding.
   * @returns a receipt of the namespace that was dropped
   * @throws InvalidInputError where none are kept
   */
  async confirm(options: CallOptions = {}): Promise<ErasureReceipt> {
    const parsed = this.#parse(options, callOptions);
    return this.#record("confirm", parsed, (tenant) =>
      this.#engine.migrations.confirmReembedding(tenant, parsed),
    );
  }

  /**
   * Goes back to the vectors from before the last re-embedding, online; what was written since is embedded as before.
   * @throws InvalidInputError where none are kept; otherwise as `move`
   */
  async revert(options: MigrationOptions = {}): Promise<MigrationResult> {
    const parsed = this.#parse(options, migrationOptions);
    return this.#record("revert", parsed, (tenant) =>
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
    return this.#record("rotateKey", parsed, (tenant) => this.#engine.migrations.rotateKey(tenant, parsed));
  }

  /**
   * Ends a move, a re-embedding or a change of keys that was interrupted before the switch, and drops its copy. Does
   * nothing where there is none.
   */
  async cancelMigration(options: CallOptions = {}): Promise<void> {
    const parsed = this.#parse(options, callOptions);
    await this.#record("cancelMigration", parsed, (tenant) =>
      this.#engine.migrations.cancelMigration(tenant, parsed),
    );
  }

  #parse(options: object, allowed: readonly OptionName[]): ParsedOptions {
    this.#engine.guard.assertOpen();
    const parsed = parseOptions(readOnce(options, "options"), allowed);
    parsed.signal?.throwIfAborted();
    return parsed;
  }

  #record<T>(name: Operation, options: ParsedOptions, run: (tenant: Tenant) => Promise<T>): Promise<T> {
    return this.#engine.guard.audit.record(name, this.#scope, options, () => run(this.#scope.tenant));
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

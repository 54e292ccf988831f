/** What the instrumented files ask: which mutant is in force, and what was reached in which case. */
interface MutationSwitch {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  readonly mutantCoverage: { readonly static: Reached; perTest: Readonly<Record<string, Reached>> };
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
}

/** How often each mutant's place was reached. */
type Reached = Readonly<Record<string, number>>;

export const mutationSwitch: MutationSwitch = { mutantCoverage: { static: {}, perTest: {} } };
// The name that Stryker's instrumenter writes into the files.
Object.assign(globalThis, { __stryker__: mutationSwitch });

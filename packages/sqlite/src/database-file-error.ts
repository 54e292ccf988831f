import { LociError } from "@loci/core";

/**
 * Why a database file cannot be used: it cannot be read, may only be read, is no database of Loci, is damaged, was written by a
 * newer version, or is linked to from elsewhere.
 */
export type DatabaseFileProblem = "unreadable" | "read-only" | "foreign" | "corrupt" | "newer" | "linked";

/** A database file cannot be used. It was left as it is. */
export class DatabaseFileError extends LociError {
  static override readonly code = "DATABASE_FILE";
  /** The file. */
  readonly path: string;
  readonly problem: DatabaseFileProblem;

  constructor(
    message: string,
    fields: { readonly path: string; readonly problem: DatabaseFileProblem },
    options?: ConstructorParameters<typeof LociError>[1],
  ) {
    super(message, options);
    this.path = fields.path;
    this.problem = fields.problem;
  }
}

/** What an import does with a memory that exists already and says something else. */
export type ConflictPolicy = "refuse" | "keep" | "overwrite";

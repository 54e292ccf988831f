/**
 * What a write did to one memory. `closed`: it is no longer valid, and no memory replaces it.
 * @example
 * ```ts
 * const result: WriteResult = await alice.update(id, { text: "I moved to Hamburg" });
 * if (result.status === "unchanged") console.log("It said so already.");
 * ```
 */
export type WriteResult =
  | {
      readonly status: "added" | "updated" | "unchanged" | "closed";
      readonly id: string;
      readonly text: string;
    }
  | {
      readonly status: "superseded";
      readonly id: string;
      readonly text: string;
      readonly supersedes: string;
    };

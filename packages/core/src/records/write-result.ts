/** What became of one memory in a write. `closed`: it no longer holds, and nothing replaces it. */
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

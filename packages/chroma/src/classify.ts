import type { StoreFailure } from "@loci/core/store";

/** What an error of the client means. Its errors are known by their names: under Jest each has a class that is not ours. */
export function classify(error: unknown): StoreFailure | undefined {
  const { name, message } = (error ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  if (typeof name !== "string" || typeof message !== "string" || name === "TypeError") return undefined;
  if (name === "TimeoutError") return { kind: "unavailable", message: `Chroma does not answer: ${message}` };
  return meanings[name]?.(message) ?? { kind: "failed", message: `Chroma failed: ${message}` };
}

type Meaning = (said: string) => StoreFailure;

const transient: Meaning = (said) => ({ kind: "unavailable", message: `Chroma failed: ${said}` });
const refused: Meaning = (said) => ({
  kind: "failed",
  message: `Chroma refuses: ${said} Check the headers that carry the token.`,
});
const meanings: Readonly<Record<string, Meaning>> = {
  ChromaNotFoundError: () => ({ kind: "missing" }),
  ChromaUniqueError: (said) => ({ kind: "exists", message: `Chroma failed: ${said}` }),
  ChromaConnectionError: (said) => ({
    kind: "unavailable",
    message: `Chroma does not answer: ${said} Is it running (chroma run), and is this its address?`,
  }),
  // Its name for "Unauthorized".
  ChromaAuthError: refused,
  ChromaForbiddenError: refused,
  ChromaRateLimitError: transient,
  ChromaServerError: (said) => serverErrors.find(([pattern]) => pattern.test(said))?.[1] ?? transient(said),
  ChromaQuotaExceededError: transient,
};

/** What the server says of errors that have no class of their own. */
const serverErrors: readonly (readonly [RegExp, StoreFailure])[] = [
  [
    /disk is full|no space left/i,
    { kind: "full", message: "Chroma has no room left. Nothing of this call was kept." },
  ],
  [
    /^413/,
    {
      kind: "too-large",
      message:
        "Chroma takes no request of this size: store a shorter text, or raise max_payload_size_bytes in the server's configuration (40 MiB by default).",
    },
  ],
  [
    /too many SQL variables/,
    {
      kind: "failed",
      message:
        "The filter has more values than Chroma takes: some 16,000 in all its lists together. Use fewer.",
    },
  ],
];

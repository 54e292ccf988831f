/** How long a step waits before it is tried again, in milliseconds. */
const delays = [100, 300, 1000, 2000];

/**
 * Repeats a step while Chroma's own database is locked: by a large request of a process that has died, which the server still works on. It
 * says so at once, and has done nothing then.
 */
export async function whenUnlocked<T>(signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
  for (const delay of delays) {
    try {
      return await step();
    } catch (error) {
      const { message } = (error ?? {}) as { readonly message?: unknown };
      if (typeof message !== "string" || !message.includes("database is locked")) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
      signal?.throwIfAborted();
    }
  }
  return step();
}

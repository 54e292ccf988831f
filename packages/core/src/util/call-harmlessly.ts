/** Calls a function of the application's that nobody waits for. What it throws, at once or later, is told and harms nothing. */
export function callHarmlessly(call: () => unknown, tell: (error: unknown) => void): void {
  try {
    Promise.resolve(call()).catch(tell);
  } catch (error) {
    tell(error);
  }
}

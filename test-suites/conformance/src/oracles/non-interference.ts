/**
 * Runs an observation twice, once alone and once while others act, and returns the first difference, undefined
 * when there is none. (Goguen and Meseguer, "Security Policies and Security Models", 1982; as a property that is
 * tested, Hriţcu et al., "Testing Noninterference, Quickly", 2013.)
 */
export async function interference(
  observe: (withOthers: boolean) => Promise<readonly string[]>,
): Promise<{ readonly alone: string; readonly besideOthers: string } | undefined> {
  const alone = await observe(false);
  const besideOthers = await observe(true);
  for (let index = 0; index < Math.max(alone.length, besideOthers.length); index++) {
    if (alone[index] !== besideOthers[index]) {
      return { alone: alone[index] ?? "nothing", besideOthers: besideOthers[index] ?? "nothing" };
    }
  }
  return undefined;
}

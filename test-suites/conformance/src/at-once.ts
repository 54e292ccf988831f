/**
 * Plays rounds, `atOnce` of them at the same time, until one says that there is no need for more. Ends when each has ended, so that
 * nothing goes on after a failure.
 * @param play returns whether to go on
 */
export async function playAtOnce(
  rounds: number,
  atOnce: number,
  play: (round: number) => Promise<boolean>,
): Promise<void> {
  let next = 1;
  let goesOn = true;
  const work = async () => {
    while (goesOn && next <= rounds) {
      try {
        if (!(await play(next++))) goesOn = false;
      } catch (error) {
        goesOn = false;
        throw error;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
}

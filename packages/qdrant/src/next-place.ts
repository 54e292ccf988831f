let lastPlace = 0;

/**
 * The place of a new record among those of the same moment, in microseconds: upwards in this process, and after what other
 * processes have written before. Whole, and in double precision exact until the year 2255.
 */
export function nextPlace(): number {
  lastPlace = Math.max(lastPlace + 1, Date.now() * 1000);
  return lastPlace;
}

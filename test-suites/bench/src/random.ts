/** Deterministic random numbers, so that two runs measure the same work. (xorshift32, Marsaglia 2003.) */
export function randomSource(seed: number): {
  uniform: () => number;
  normal: () => number;
  below: (n: number) => number;
} {
  let state = seed | 0 || 1;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform()),
    below: (n) => Math.floor(uniform() * n),
  };
}

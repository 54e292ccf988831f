/** The name that takes the fewest changes of a letter to get to. */
export function nearest(wrong, names) {
  const [first] = names.toSorted((a, b) => distance(wrong, a) - distance(wrong, b));
  return first;
}

/** How many letters have to be added, removed or replaced (Levenshtein). */
function distance(from, to) {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const above = row;
    row = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const replaced = above[column - 1] + (letter === to[column - 1] ? 0 : 1);
      row.push(Math.min(replaced, above[column] + 1, row[column - 1] + 1));
    }
  }
  return row[to.length];
}

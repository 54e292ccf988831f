/** Collects the values of a statement, and hands out `$1` and on for them: no value becomes part of the text. */
export class SqlParameters {
  readonly values: unknown[] = [];

  add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}

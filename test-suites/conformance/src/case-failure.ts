/** That a check did not hold. */
export class CaseFailure extends Error {
  /** Whether something of another's was seen. */
  readonly foreign: boolean;

  constructor(message: string, foreign: boolean) {
    super(message);
    this.foreign = foreign;
  }
}

/** What was chosen cannot be made. The message says what to choose. */
export class InvalidChoiceError extends Error {
  override readonly name = "InvalidChoiceError";
  readonly code = "INVALID_CHOICE";
}

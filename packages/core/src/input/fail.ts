import { InvalidInputError } from "../errors/invalid-input-error.ts";

/** @throws InvalidInputError that names what is wrong, and how */
export function fail(path: string, problem: string): never {
  throw new InvalidInputError(`${path} ${problem}.`, { path });
}

export { type AdapterChoice, createAdapter } from "./create-adapter.ts";
export { InvalidChoiceError } from "./invalid-choice-error.ts";
export { type Kind, kinds } from "./kinds.ts";

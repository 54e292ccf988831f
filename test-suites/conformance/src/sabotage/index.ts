export type { Mistake, Operation } from "./mistake.ts";
export { mistakenStore } from "./mistaken-store.ts";
export { mistakes } from "./mistakes.ts";
export { inMode, type Mode, modes } from "./mode.ts";
export { type NamedMistake, operationsOf } from "./named-mistake.ts";
export { sabotage } from "./sabotage.ts";
export { type Sabotage, sabotages } from "./sabotages.ts";

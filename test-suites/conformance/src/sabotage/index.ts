export { sabotage } from "./sabotage.ts";
export { type Sabotage, sabotages } from "./sabotages.ts";

export { type OpenTelemetryOptions, observeMemory } from "./observe-memory.ts";

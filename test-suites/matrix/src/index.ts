export type { Subject } from "./subject.ts";
export { loadSubject } from "./subjects.ts";

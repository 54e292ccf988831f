export { myStore } from "./my-store.ts";

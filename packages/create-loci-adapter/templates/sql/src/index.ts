export { type MyStoreOptions, myStore } from "./my-store.ts";

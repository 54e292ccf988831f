export { type ElasticsearchOptions, elasticsearch } from "./elasticsearch-store.ts";

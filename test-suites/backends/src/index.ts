export { type Backend, type OwnServer, type Server, say } from "./backend.ts";
export { backends } from "./backends.ts";
export { chroma } from "./chroma/backend.ts";
export { elasticsearch } from "./elasticsearch/backend.ts";
export { findServer, missing } from "./find-server.ts";
export { type HttpTap, tapHttp } from "./http-tap.ts";
export { postgres } from "./postgres/backend.ts";
export { qdrant } from "./qdrant/backend.ts";

import type { Backend } from "./backend.ts";
import { chroma } from "./chroma/backend.ts";
import { elasticsearch } from "./elasticsearch/backend.ts";
import { ollama } from "./ollama/backend.ts";
import { postgres } from "./postgres/backend.ts";
import { pgbouncer } from "./postgres/pooler.ts";
import { qdrant } from "./qdrant/backend.ts";

/** Every kind of server that there is. */
export const backends: readonly Backend[] = [postgres, chroma, elasticsearch, qdrant, pgbouncer, ollama];

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tinyChatModel } from "./tiny-chat-model.ts";

/** The models of the tests, by what they are for. */
export const testModels = {
  /** The real all-MiniLM-L6-v2: 384 dimensions, 512 tokens. */
  embedder: "loci-minilm",
  /** Answers with short random words. */
  chat: "loci-short",
  /** Never ends what it says. */
  endless: "loci-endless",
} as const;

/** The files of all-MiniLM-L6-v2 that Ollama makes a model of. */
export const miniLmFiles = [
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
  "modules.json",
  "1_Pooling/config.json",
  "model.safetensors",
] as const;

/** Two threads that wait for one another on a busy machine are slower than one. */
const parameters = { num_thread: 1 };
const template = "{{ range .Messages }}[{{ .Role }}] {{ .Content }}\n{{ end }}[assistant] ";

/** Makes the models of the tests on a server. Can be repeated. */
export async function makeTestModels(url: string, miniLmFolder: string): Promise<void> {
  const files = await Promise.all(
    miniLmFiles.map(
      async (name) => [name, await putBlob(url, readFileSync(join(miniLmFolder, name)))] as const,
    ),
  );
  await create(url, { model: testModels.embedder, files: Object.fromEntries(files), parameters });
  for (const [model, ending] of [
    [testModels.chat, 1],
    [testModels.endless, 0],
  ] as const) {
    const digest = await putBlob(url, tinyChatModel(ending));
    await create(url, { model, files: { "model.gguf": digest }, template, parameters });
  }
}

async function putBlob(url: string, content: Uint8Array): Promise<string> {
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const blob = `${url}/api/blobs/${digest}`;
  if ((await fetch(blob, { method: "HEAD" })).ok) return digest;
  await succeed(await fetch(blob, { method: "POST", body: Buffer.from(content) }));
  return digest;
}

async function create(url: string, body: object): Promise<void> {
  await succeed(
    await fetch(`${url}/api/create`, { method: "POST", body: JSON.stringify({ ...body, stream: false }) }),
  );
}

async function succeed(response: Response): Promise<void> {
  const text = await response.text();
  if (!response.ok || text.includes('"error"'))
    throw new Error(`${response.url}: ${response.status} ${text}`);
}

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tinyChatModel } from "./tiny-chat-model.ts";

/** The models of the tests, by what they are for. */
export const testModels = {
  /** The real all-MiniLM-L6-v2: 384 dimensions, 512 tokens. */
  embedder: "loci-minilm",
  /** Answers with short random words. Its context has 16,384 letters. */
  chat: "loci-short",
  /** Never ends what it says. */
  endless: "loci-endless",
} as const;

/** The files of all-MiniLM-L6-v2 that Ollama makes a model of. */
const miniLmFiles = [
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
  for (const [model, ending, more] of [
    // A token is a letter: the instructions alone would not fit into the usual context.
    [testModels.chat, 1, { num_ctx: 16_384 }],
    [testModels.endless, 0, {}],
  ] as const) {
    const digest = await putBlob(url, tinyChatModel(ending));
    const files = { "model.gguf": digest };
    await create(url, { model, files, template, parameters: { ...parameters, ...more } });
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

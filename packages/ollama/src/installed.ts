import type { CallOptions } from "@loci/core";
import { Connection } from "./connection.ts";
import type { InstalledModel, OllamaServerOptions } from "./options.ts";

/** The models of a server, with what each can do. */
export async function installedModels(
  options: OllamaServerOptions & CallOptions,
): Promise<readonly InstalledModel[]> {
  const { signal, ...server } = options;
  const connection = new Connection("any", server);
  const models = await connection.request(signal, async (client) => [...(await client.list()).models]);
  const installed: InstalledModel[] = [];
  for (const { model, size } of models) {
    const { capabilities } = await new Connection(model, server).facts(undefined, signal);
    const kind = capabilities.includes("embedding") ? "embedder" : "language model";
    installed.push({ model, kind, bytes: size });
  }
  return installed;
}

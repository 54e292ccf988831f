import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { letterEmbedder } from "@loci/conformance";
import { Memory } from "@loci/core";
import { NamespaceNotFoundError, namespaceKey } from "@loci/core/store";
import { servers } from "./servers.ts";

const atOnce = 4;
/** What a call may end with when another process creates, writes or offboards the same organization. */
const allowed: readonly (readonly string[])[] = [
  ["done", "ORGANIZATION_GONE"],
  ["done", "ORGANIZATION_NOT_FOUND"],
];

/** Two processes add to an organization and offboard it at the same moment. Returns everything that should not be. */
export async function raceInTwoProcesses(
  name: string,
  url: string,
  rounds: number,
): Promise<readonly string[]> {
  const server = servers[name] as (typeof servers)[string];
  const racers = [startRacer(name, url), startRacer(name, url)];
  const store = server.store(url);
  const memory = new Memory({ store, embedder: letterEmbedder, deployment: "race" });
  const failures: string[] = [];
  try {
    for (let round = 0; round < rounds; round += atOnce) {
      const orgIds = Array.from({ length: Math.min(atOnce, rounds - round) }, (_, at) => `org-${round + at}`);
      await Promise.all(
        orgIds.map(async (orgId) => {
          for (const codes of await Promise.all(racers.map(({ run }) => run(orgId)))) {
            for (const [at, code] of codes.entries()) {
              if (!allowed[at]?.includes(code))
                failures.push(`${orgId}: ${at === 0 ? "add" : "offboard"} ended with ${code}`);
            }
          }
          // Whoever came last, once more in order: then it is over.
          await memory
            .organization(orgId)
            .offboard()
            .catch((error: { code?: string }) => {
              if (error.code !== "ORGANIZATION_NOT_FOUND")
                failures.push(`${orgId}: the last offboarding: ${error}`);
            });
          const identity = { kind: "organization", deployment: "race", orgId } as const;
          const state = await memory.list({ orgId }).then(
            ({ memories }) => `${memories.length} memories`,
            (error: { code?: string }) => error.code ?? String(error),
          );
          if (state !== "ORGANIZATION_GONE" && state !== "0 memories")
            failures.push(`${orgId}: is there again: ${state}`);
          const key = namespaceKey({ ...identity, generation: 1 });
          const left = await store.open({ key }).then(
            () => "its namespace is left in the backend",
            (error: unknown) => (NamespaceNotFoundError.isInstance(error) ? undefined : String(error)),
          );
          if (left) failures.push(`${orgId}: ${left}`);
        }),
      );
    }
  } finally {
    await memory.close();
    for (const { child } of racers) child.kill();
  }
  return failures;
}

interface Racer {
  readonly child: ChildProcess;
  run(orgId: string): Promise<readonly string[]>;
}

function startRacer(name: string, url: string): Racer {
  const child = fork(fileURLToPath(new URL("./race.fixture.ts", import.meta.url)), [name, url], {
    execArgv: ["--conditions=loci-source", "--disable-warning=ExperimentalWarning"],
  });
  const waiting = new Map<string, (codes: readonly string[]) => void>();
  child.on("message", ({ orgId, codes }: { orgId: string; codes: readonly string[] }) => {
    waiting.get(orgId)?.(codes);
    waiting.delete(orgId);
  });
  const died = once(child, "exit").then(([code]) => {
    throw new Error(`A racing process ended with ${code}.`);
  });
  died.catch(() => {});
  return {
    child,
    run: (orgId) =>
      Promise.race([
        died,
        new Promise<readonly string[]>((resolve) => {
          waiting.set(orgId, resolve);
          child.send(orgId);
        }),
      ]),
  };
}

import { NamespaceNotFoundError, namespaceKey, type VectorStore } from "@loci/core/store";
import type { ConformanceCase } from "../conformance-case.ts";
import {
  everything,
  listAll,
  manifestOf,
  type Organization,
  openOrganization,
  recordOf,
  same,
  textsOf,
} from "../fixtures.ts";
import { bestOf } from "../oracles/after-faults.ts";
import { failingOrganization, secret } from "../oracles/failing-organization.ts";
import { type Attempt, outcomeWithin, tryUnderFaults } from "../oracles/under-fault.ts";

const requires: ConformanceCase["requires"] = (_, { fail }) => fail;

/** What opening, creating, dropping and closing make of a backend that fails beneath the store. */
export const storeBelowOpens: readonly ConformanceCase[] = [
  {
    id: "failed-opens-are-not-missing",
    claim:
      "A backend that cannot be reached is never a namespace that is not there: opening, creating, dropping and listing what is left say what is so, or fail.",
    level: "core",
    layer: "store",
    requires,
    async run(context) {
      const { failing, acme } = await failingOrganization(context);
      const { store, witness } = failing;
      let made = 0;
      let doomed: Organization | undefined;
      const nameOf = (wanted: string) => ({ manifest: manifestOf(wanted), ...keyOf(wanted) });
      const isOpen = (orgId: string) => (answer: unknown) =>
        (answer as Organization["namespace"]).manifest.orgId === orgId ? undefined : "another namespace";
      /** Whether a namespace is there, as the witness sees it. */
      const isThere = (orgId: string) =>
        witness.open(keyOf(orgId)).then(
          () => true,
          (error: unknown) => {
            if (NamespaceNotFoundError.isInstance(error)) return false;
            throw error;
          },
        );
      const attempts = {
        open: async (): Promise<Attempt> => {
          const run = () => store.open({ key: acme.key });
          return {
            run,
            wrongAnswer: isOpen("acme"),
            wrongAfterwards: async () => isOpen("acme")(await bestOf(run)),
          };
        },
        create: async (): Promise<Attempt> => {
          const orgId = `created ${made}`;
          const { key, manifest } = nameOf(orgId);
          return {
            run: () => store.open({ key, create: manifest }),
            wrongAnswer: isOpen(orgId),
            async wrongAfterwards(outcome) {
              if (await isThere(orgId)) made += 1;
              else if ("answer" in outcome) return "the namespace is not there";
              return undefined;
            },
          };
        },
        drop: async (): Promise<Attempt> => {
          if (!doomed) {
            doomed = await openOrganization(witness, "doomed");
            await doomed.namespace.upsert({ records: [recordOf(doomed.key, "doomed")] });
          }
          const { key } = doomed;
          return {
            run: () => store.drop({ key }),
            wrongAnswer: (answer) =>
              (answer as { dropped: boolean }).dropped ? undefined : "there was nothing to drop",
            async wrongAfterwards(outcome) {
              if (!(await isThere("doomed"))) {
                doomed = undefined;
                return undefined;
              }
              if ("answer" in outcome) return "the namespace is still there";
              // What a drop had begun with may be gone.
              await witness.drop({ key });
              doomed = undefined;
              return (await isThere("doomed")) ? "it cannot be dropped any more" : undefined;
            },
          };
        },
        ...(store.leftovers
          ? {
              leftovers: async (): Promise<Attempt> => ({
                run: async () => store.leftovers?.({ key: acme.key }),
                wrongAnswer: (answer) =>
                  (answer as readonly string[]).length > 0 ? undefined : "nothing is left of what is there",
              }),
            }
          : {}),
      };
      await tryUnderFaults(failing, attempts, { ...context, secret });
      const late = await openOrganization(store, "late");
      await late.namespace.upsert({ records: [recordOf(late.key, "late")] });
      const texts = textsOf(await listAll((await openOrganization(witness, "late")).namespace, everything));
      context.check(
        same(texts, ["late"]),
        () => `After the faults, a new namespace has ${texts.join() || "nothing"}.`,
      );
    },
  },
  {
    id: "closing-ends-calls-that-hang",
    claim: "A store closes in bounded time while its backend does not answer, and its calls end with it.",
    level: "core",
    layer: "store",
    requires,
    async run(context) {
      const { failing, acme } = await failingOrganization(context);
      const { check } = context;
      const { namespace, key } = acme;
      const faults = Object.values(failing.faults);
      const fault = faults.find(({ hangs }) => hangs) ?? faults.find(({ harmless }) => !harmless);
      check(fault !== undefined, () => "The harness's fail() offers no fault that harms.");
      const end = await fault?.begin(0);
      const calls = [
        outcomeWithin(namespace.upsert({ records: [recordOf(key, "late")] })),
        outcomeWithin(namespace.list({ scope: everything, limit: 10 })),
        outcomeWithin(failing.store.open({ key })),
      ];
      await new Promise((resolve) => setTimeout(resolve, 20));
      const closed = await outcomeWithin(failing.store.close());
      const outcomes = await Promise.all(calls);
      await end?.();
      check("answer" in closed, () => "The store did not close while its backend hung.");
      for (const outcome of outcomes)
        check(
          "answer" in outcome || "code" in Object(outcome.error),
          () => `A call that hung at the close ended with ${String((outcome as { error: unknown }).error)}.`,
        );
      const again = await outcomeWithin(namespace.count({ scope: everything }));
      check(
        "error" in again && (again.error as { code?: unknown }).code === "CLOSED",
        () => "A store that was closed takes calls.",
      );
    },
  },
];

function keyOf(orgId: string): Pick<Parameters<VectorStore["open"]>[0], "key"> {
  return { key: namespaceKey(manifestOf(orgId)) };
}

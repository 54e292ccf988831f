import { cases } from "@loci/conformance";
import { sabotages } from "@loci/conformance/sabotage";
import { mistakenStore } from "../../conformance/src/sabotage/mistaken-store.ts";
import { RightStore } from "./right-store.ts";
import type { Saboteur } from "./saboteur.ts";

/** The sabotages that the suite is published with, on a store that is right. */
export const publishedSaboteurs: readonly Saboteur[] = sabotages.map(
  ({ name, does, noticedBy, mistake }) => ({
    id: `sabotage-${name}`,
    bug: does,
    layer: "store",
    level: cases.find(({ id }) => id === noticedBy)?.level === "isolation" ? "isolation" : "core",
    makeStore() {
      const store = new RightStore();
      const second = () => mistakenStore(store.second(), mistake, true);
      return Object.assign(mistakenStore(store, mistake), { second });
    },
  }),
);

import type { FailingBackend } from "../backend-fault.ts";
import type { CaseContext } from "../conformance-case.ts";
import { type Organization, openOrganization, recordOf } from "../fixtures.ts";
import { bestOf } from "./after-faults.ts";

/** A neighbour's name and text, which no error may say. */
export const secret = "rivalsecretzq";

/** A backend that can fail, with a neighbour whose name and text no error may say. */
export async function failingOrganization(context: CaseContext): Promise<FailingOrganization> {
  const failing = await context.fail();
  const rival = await openOrganization(failing.witness, secret);
  await rival.namespace.upsert({ records: [recordOf(rival.key, secret)] });
  const witness = await openOrganization(failing.witness, "acme");
  return { failing, witness, acme: await bestOf(() => openOrganization(failing.store, "acme")) };
}

/** An organization on a backend that can fail, through the store that it fails and through the witness. */
export interface FailingOrganization {
  readonly failing: FailingBackend;
  readonly acme: Organization;
  readonly witness: Organization;
}

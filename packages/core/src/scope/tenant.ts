/** The owner of a namespace: an organization, or with single tenancy the deployment as a whole. */
export interface Tenant {
  readonly kind: "organization" | "single";
  /** The organization's id, empty for `single`. */
  readonly orgId: string;
}

/** The organization's id as applications see it: null with single tenancy. */
export function orgIdOf({ kind, orgId }: Tenant): string | null {
  return kind === "organization" ? orgId : null;
}

/** Who owns a namespace: an organization, or with single tenancy the one and only user of the deployment. */
export interface Tenant {
  readonly kind: "organization" | "single";
  /** The organization's id, empty for `single`. */
  readonly orgId: string;
}

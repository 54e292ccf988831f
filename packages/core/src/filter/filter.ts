/** The value of one filterable field of a record. */
export type FieldValue = FieldScalar | readonly FieldScalar[];

/**
 * A validated filter for stores, in negation normal form. Logic is two-valued: a `negated` comparison matches
 * exactly the records that the plain one does not, including those without the field.
 */
export type Filter = Conjunction | Disjunction | Comparison;

/** A condition on one field. */
export type Comparison = InComparison | RangeComparison | ExistsComparison;

/** Holds when all of its filters do. Never empty. */
interface Conjunction {
  readonly type: "and";
  readonly filters: readonly Filter[];
}

/** Holds when at least one of its filters does. Never empty. */
interface Disjunction {
  readonly type: "or";
  readonly filters: readonly Filter[];
}

/** Holds when the field is one of the values, or is a list with one of them. */
interface InComparison {
  readonly type: "in";
  readonly field: string;
  readonly values: readonly FieldScalar[];
  readonly negated: boolean;
}

/** Holds when the field is a single number on this side of the value. */
export interface RangeComparison {
  readonly type: "range";
  readonly field: string;
  readonly operator: "gt" | "gte" | "lt" | "lte";
  readonly value: number;
  readonly negated: boolean;
}

/** Holds when the record has the field. */
interface ExistsComparison {
  readonly type: "exists";
  readonly field: string;
  readonly negated: boolean;
}

/** A value that a filter can compare. Values of different types are never equal: 5 differs from "5". */
export type FieldScalar = string | number | boolean;

/**
 * The filterable fields of a record: its metadata, and core's four time fields in milliseconds since 1970. Only
 * core's names start with `$`.
 */
export interface Fields {
  readonly $createdAt: number;
  readonly $validFrom: number;
  readonly $validTo: number;
  readonly $expiresAt: number;
  readonly [field: string]: FieldValue;
}

/** Means "never" in `$validTo` and `$expiresAt`: the latest time that a Date can represent. */
export const noExpiry = 8_640_000_000_000_000;

/** Conditions on one metadata field. All of them must hold. */
interface FieldCondition {
  readonly $eq?: FieldScalar;
  /** Also matches memories without the field. */
  readonly $ne?: FieldScalar;
  readonly $in?: readonly FieldScalar[];
  /** Also matches memories without the field. */
  readonly $nin?: readonly FieldScalar[];
  readonly $gt?: number;
  readonly $gte?: number;
  readonly $lt?: number;
  readonly $lte?: number;
  readonly $exists?: boolean;
}

/**
 * A filter over metadata, as an application writes it: `{ city: "Berlin", age: { $gte: 18 } }`, or one of
 * `$and`, `$or` and `$not`. It narrows what the scope sees and can never widen it.
 * @example
 * ```ts
 * const filter: MetadataFilter = { $or: [{ city: "Berlin" }, { age: { $gte: 18 } }] };
 * await alice.search("Where does she live?", { filter });
 * ```
 */
export type MetadataFilter =
  | { readonly $and: readonly MetadataFilter[] }
  | { readonly $or: readonly MetadataFilter[] }
  | { readonly $not: MetadataFilter }
  | { readonly [field: string]: FieldScalar | FieldCondition };

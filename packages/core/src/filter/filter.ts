/** A value that a filter can compare. Values of different types are never equal: 5, "5" and true are three. */
export type FieldScalar = string | number | boolean;
/** What a record carries under one filterable field. */
export type FieldValue = FieldScalar | readonly FieldScalar[];

/**
 * The filterable fields of a record: those of its metadata, and core's own four, always numbers
 * (milliseconds since 1970), whose names start with `$` as no metadata key can.
 */
export interface Fields {
  readonly $createdAt: number;
  readonly $validFrom: number;
  readonly $validTo: number;
  readonly $expiresAt: number;
  readonly [field: string]: FieldValue;
}

/** Stands in `$validTo` and `$expiresAt` for "never": the last moment that a Date can name. */
export const noExpiry = 8_640_000_000_000_000;

/**
 * A filter as a store gets it: checked, in negation normal form, over fields only. Logic is two-valued:
 * `negated` holds for exactly the records for which the plain comparison does not, those without the field included.
 */
export type Filter = Conjunction | Disjunction | Comparison;
/** One thing that is asked about one field. */
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

/** Holds when the field is one number, and on this side of the value. */
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

/** The conditions that one metadata field can have to meet, all of them. */
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
 */
export type MetadataFilter =
  | { readonly $and: readonly MetadataFilter[] }
  | { readonly $or: readonly MetadataFilter[] }
  | { readonly $not: MetadataFilter }
  | { readonly [field: string]: FieldScalar | FieldCondition };

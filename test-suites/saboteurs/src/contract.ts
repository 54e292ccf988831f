import type { Namespace, VectorStore } from "@loci/core/store";

// What the methods of the contract take and give, for stores that implement it without the kit.
export type GetQuery = Parameters<Namespace["get"]>[0];
export type DeleteRequest = Parameters<Namespace["delete"]>[0];
export type UpsertRequest = Parameters<Namespace["upsert"]>[0];
export type DropReport = Awaited<ReturnType<VectorStore["drop"]>>;
export type ListQuery = Parameters<Namespace["list"]>[0];
export type Page = Awaited<ReturnType<Namespace["list"]>>;
export type Query = Parameters<Namespace["count"]>[0];
export type VectorQuery = Parameters<Namespace["search"]>[0];

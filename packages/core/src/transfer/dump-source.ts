/**
 * The input of an import: a web stream, or any async iterable of bytes, such as a file stream of Node.
 * @example
 * ```ts
 * const importInto = (orgId: string, dump: DumpSource) => memory.organization(orgId).import(dump);
 * ```
 */
export type DumpSource = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

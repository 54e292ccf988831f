/** The name of a typed array's class, whatever its realm, by what it is and not by what it says; undefined for anything else. */
export function typedArrayName(value: unknown): string | undefined {
  return Reflect.get(typedArray, Symbol.toStringTag, value) as string | undefined;
}

const typedArray: object = Object.getPrototypeOf(Uint8Array.prototype);

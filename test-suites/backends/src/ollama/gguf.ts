/** A value of a model's description. Whole numbers are written as u32, others as f32, unless given as `f32`. */
export type GgufValue = string | boolean | number | { readonly f32: number } | GgufList;
type GgufList =
  | { readonly type: "string"; readonly values: readonly string[] }
  | { readonly type: "f32" | "i32"; readonly values: readonly number[] };

/** Numbers of a layer, the fastest dimension first. */
export interface GgufTensor {
  readonly dimensions: readonly number[];
  readonly values: Float32Array;
}

/** The numbers by which the format names its types. */
const types = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, list: 9 };
const alignment = 32;

/** A model as a file of the GGUF format, version 3, that llama.cpp and Ollama read. */
export function writeGguf(
  keys: Readonly<Record<string, GgufValue>>,
  tensors: Readonly<Record<string, GgufTensor>>,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  const put = (bytes: Uint8Array) => {
    parts.push(bytes);
    size += bytes.length;
  };
  const number = (bytes: number, write: (view: DataView) => void) => {
    const view = new DataView(new ArrayBuffer(bytes));
    write(view);
    put(new Uint8Array(view.buffer));
  };
  const u32 = (value: number) => number(4, (view) => view.setUint32(0, value, true));
  const u64 = (value: number) => number(8, (view) => view.setBigUint64(0, BigInt(value), true));
  const f32 = (value: number) => number(4, (view) => view.setFloat32(0, value, true));
  const text = (value: string) => {
    const bytes = new TextEncoder().encode(value);
    u64(bytes.length);
    put(bytes);
  };
  const pad = () => put(new Uint8Array((alignment - (size % alignment)) % alignment));
  const typed = (value: GgufValue) => {
    if (typeof value === "string") {
      u32(types.string);
      text(value);
    } else if (typeof value === "boolean") {
      u32(types.bool);
      put(Uint8Array.of(value ? 1 : 0));
    } else if (typeof value === "number") {
      u32(types.u32);
      u32(value);
    } else if ("f32" in value) {
      u32(types.f32);
      f32(value.f32);
    } else {
      u32(types.list);
      u32(types[value.type]);
      u64(value.values.length);
      if (value.type === "string") value.values.forEach(text);
      else if (value.type === "f32") value.values.forEach(f32);
      else for (const item of value.values) number(4, (view) => view.setInt32(0, item, true));
    }
  };

  put(new TextEncoder().encode("GGUF"));
  u32(3);
  u64(Object.keys(tensors).length);
  u64(Object.keys(keys).length);
  for (const [key, value] of Object.entries(keys)) {
    text(key);
    typed(value);
  }
  let offset = 0;
  for (const [name, { dimensions, values }] of Object.entries(tensors)) {
    text(name);
    u32(dimensions.length);
    for (const dimension of dimensions) u64(dimension);
    u32(0);
    u64(offset);
    offset += Math.ceil(values.byteLength / alignment) * alignment;
  }
  for (const { values } of Object.values(tensors)) {
    pad();
    put(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  pad();
  return Buffer.concat(parts);
}

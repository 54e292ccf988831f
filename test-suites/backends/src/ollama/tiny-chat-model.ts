import { type GgufTensor, writeGguf } from "./gguf.ts";

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
const newline = 3 + 10;
const tokens = [
  "<unk>",
  "<s>",
  "</s>",
  ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  ...printable.map((character) => (character === " " ? "\u2581" : character)),
];
const end = 2;
const firstPrintable = 259;
const width = 384;

/**
 * A language model that knows nothing: what follows a character depends on that character alone. Its embeddings are
 * one-hot and its attention is zero, so that its last layer is the table of what follows what. A token is a
 * character, or a byte of one. It is real to the server, and says words of random letters.
 * @param ending how often a word of its random letters ends: 1 for a short answer, 0 for one without an end
 */
export function tinyChatModel(ending: number): Uint8Array {
  const zero = (...dimensions: number[]): GgufTensor => ({
    dimensions,
    values: new Float32Array(dimensions.reduce((product, dimension) => product * dimension, 1)),
  });
  const one = (dimension: number): GgufTensor => ({
    dimensions: [dimension],
    values: new Float32Array(dimension).fill(1),
  });
  const embeddings = zero(width, tokens.length);
  for (const token of tokens.keys()) embeddings.values[token * width + token] = 1;
  const heads = 32;
  const blocks = {
    attn_norm: one(width),
    ffn_norm: one(width),
    attn_q: zero(width, heads),
    attn_k: zero(width, heads),
    attn_v: zero(width, heads),
    attn_output: zero(heads, width),
    ffn_gate: zero(width, 32),
    ffn_up: zero(width, 32),
    ffn_down: zero(32, width),
  };
  return writeGguf(
    {
      "general.architecture": "llama",
      "general.name": "a table of what follows what",
      "general.alignment": 32,
      "llama.block_count": 1,
      "llama.context_length": 32_768,
      "llama.embedding_length": width,
      "llama.feed_forward_length": 32,
      "llama.attention.head_count": 1,
      "llama.attention.head_count_kv": 1,
      "llama.attention.key_length": heads,
      "llama.attention.value_length": heads,
      "llama.rope.dimension_count": heads,
      "llama.attention.layer_norm_rms_epsilon": { f32: 1e-5 },
      "tokenizer.ggml.model": "llama",
      "tokenizer.ggml.tokens": { type: "string", values: tokens },
      "tokenizer.ggml.scores": { type: "f32", values: tokens.map(() => 0) },
      "tokenizer.ggml.token_type": {
        type: "i32",
        values: tokens.map((_, index) => (index === 0 ? 2 : index < 3 ? 3 : index < firstPrintable ? 6 : 1)),
      },
      "tokenizer.ggml.unknown_token_id": 0,
      "tokenizer.ggml.bos_token_id": 1,
      "tokenizer.ggml.eos_token_id": end,
    },
    {
      "token_embd.weight": embeddings,
      "output_norm.weight": one(width),
      "output.weight": { dimensions: [width, tokens.length], values: followers(ending) },
      ...Object.fromEntries(Object.entries(blocks).map(([name, tensor]) => [`blk.0.${name}.weight`, tensor])),
    },
  );
}

/** How likely each token is to follow each: a row for what follows, a column for what it follows. */
function followers(ending: number): Float32Array {
  const table = new Float32Array(tokens.length * width);
  // The norm makes the one of a one-hot vector this large.
  const scale = 1 / Math.sqrt(width);
  for (const next of tokens.keys()) {
    for (const current of tokens.keys()) {
      table[next * width + current] = scale * likelihood(next, current, ending);
    }
  }
  return table;
}

/** The logarithm of how likely a token is, were all else equal. Whoever asks for JSON leaves out what is none. */
function likelihood(next: number, current: number, ending: number): number {
  const [character, before] = [tokens[next] ?? "", tokens[current] ?? ""];
  const ends = Math.log(Math.max(ending, 1e-12));
  if (next === end) return ending === 0 ? -40 : before === "}" ? 12 : -6;
  if (next === newline || character === "\u2581" || character === "\\") return -12;
  if (next < firstPrintable) return -30;
  // After a quote a letter is to come, so that no text is empty.
  if (character === '"') return before === '"' ? -4 : 2 + ends;
  if (/[\]},]/.test(character)) return /[a-z[]/.test(before) ? -8 : 1 + ends;
  if (character === "{") return before === "[" ? 4 : -4;
  if (/[a-z]/.test(character)) return 0;
  if (/[0-9]/.test(character)) return -2;
  return -8;
}

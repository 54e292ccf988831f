import { describe, expect, it } from "vitest";
import { detectTruncation } from "./detect-truncation.ts";
import { embedWhole } from "./embed-whole.ts";

/** A fake server that cuts after so many words, a word being a token, and says nothing. */
function fakeCuttingServer(limit: number, counts = true) {
  let requests = 0;
  let most = 0;
  const embed = async (texts: readonly string[]) => {
    requests += 1;
    const cut = texts.map((text) => text.split(/\s+/).slice(0, limit));
    most = Math.max(most, ...cut.map(({ length }) => length));
    const vectors = cut.map((words) => {
      const vector = new Float32Array(26).fill(0.001);
      for (const word of words) {
        const letter = (word.codePointAt(0) ?? 0) % 26;
        vector[letter] = (vector[letter] ?? 0) + 1;
      }
      return vector;
    });
    const tokens = cut.reduce((sum, { length }) => sum + length, 0);
    return counts ? { vectors, tokens } : { vectors };
  };
  return { embed, requests: () => requests, most: () => most };
}

const words = (count: number) =>
  Array.from({ length: count }, (_, index) => "abcdefghijklm"[index % 13]).join(" ");

describe.each([true, false])("refuseCuts, on a server that counts tokens: %s", (counts) => {
  it.each([100, 512, 8192])("returns no vector of a text that was cut at %d tokens", async (limit) => {
    const server = fakeCuttingServer(limit, counts);
    const embed = detectTruncation("m", server.embed);
    for (const length of [10, limit - 10, limit + 10, limit * 3, 30]) {
      const text = words(length);
      const outcome = await embed([text, "short"]).then(
        (vectors) => vectors.length,
        ({ problem }) => problem,
      );
      expect(outcome, `${length} of ${limit}`).toBe(length < limit || text.length <= 232 ? 2 : "too-long");
    }
  });

  it("lets every word of a long text count", async () => {
    const embed = detectTruncation("m", fakeCuttingServer(200, counts).embed);
    const [a, b] = await embedWhole([`${words(3000)} x`, `${words(3000)} zzz`], embed);
    expect(a).not.toEqual(b);
  });
});

it("sends what is surely short in one request", async () => {
  const server = fakeCuttingServer(512);
  const embed = detectTruncation("m", server.embed);
  await embed(Array.from({ length: 50 }, () => "x".repeat(400)));
  // One to find out that 512 bytes are no problem, one for the texts.
  expect(server.requests()).toBe(2);
  await embed(Array.from({ length: 50 }, () => "x".repeat(450)));
  expect(server.requests()).toBe(3);
});

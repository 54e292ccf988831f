import { type Fields, noExpiry } from "@loci/core/store";

type FieldValue = Fields[string];

/** Numbers at the ends of what JSON and doubles can say, and those that a shorter format rounds. */
export const extremeNumbers: readonly number[] = [
  0,
  -1,
  5,
  0.1,
  0.1 + 0.2,
  1 / 3,
  // The neighbours of what fits a Float32.
  16_777_216,
  16_777_217,
  0.30000001192092896,
  // The neighbours of what fits a whole double.
  2 ** 53 - 1,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 53),
  1e21,
  1e-7,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  2 ** -1022,
];

/** Moments from before 1970, and at both ends of what a Date can say. */
export const extremeTimes: readonly number[] = [
  0,
  1,
  -1,
  -86_400_000,
  1_764_000_000_000,
  1_764_000_000_001,
  noExpiry - 1,
  noExpiry,
  -noExpiry,
];

/** Texts that a comparison may cut, fold, end or take for something else. None has a lone surrogate: core refuses it. */
export function extremeTexts(): readonly string[] {
  const long = "y".repeat(4000);
  return [
    "",
    " ",
    "é",
    "e\u0301",
    "É",
    "猫 👩‍👩‍👧",
    "\u0000",
    "a\u0000b",
    "a\u0000c",
    "\n\r\t\u0007\u001f\u007f\u0085\u2028\r\n",
    "\"'\\`$%_*?[](){}<>;:,",
    "null",
    "0",
    "\ufeffx",
    "\uffff",
    "\u{10ffff}",
    `${long}a`,
    `${long}b`,
  ];
}

/** Names of metadata that are something else to a careless program. */
const names = [
  "a.b",
  "a",
  "a.b.c",
  "a$b",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "length",
  "id",
  "user",
  "namespace",
  "payload",
  "version",
  "vector",
  "0",
  "null",
  "é",
  "e\u0301",
  "猫",
  "A",
  "with blanks in it",
  "\"'\\",
  "a[0]",
  "[*]",
  "%",
  "k".repeat(128),
  `${"k".repeat(127)}l`,
];

/** Fields of records, by what is special about them. */
export function extremeFields(): Readonly<Record<string, Readonly<Record<string, FieldValue>>>> {
  const entriesOf = (values: readonly FieldValue[], name: string) =>
    Object.fromEntries(values.map((value, index) => [`${name}${index}`, value]));
  return {
    "no field": {},
    names: Object.fromEntries(names.map((name) => [name, name])),
    "other values of names": Object.fromEntries(names.map((name, index) => [name, index % 2 ? "x" : index])),
    numbers: entriesOf(extremeNumbers, "number"),
    "a list of numbers": { list: extremeNumbers },
    texts: entriesOf(extremeTexts(), "text"),
    "a list of texts": { list: extremeTexts() },
    "a list of one": { list: ["x"] },
    "mixed lists": { list: ["5", 5, true, "true", 5, "5"] },
    "many fields": Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`field${index}`, index])),
    "a long list": { list: Array.from({ length: 1500 }, (_, index) => `n${index}`) },
  };
}

/** Payloads, which a store keeps character by character, by what is special about them. */
export function extremePayloads(): Readonly<Record<string, string>> {
  const counting = (length: number, unit: string) => {
    let text = "";
    for (let index = 0; text.length < length; index++) text += `${index}${unit}`;
    return text;
  };
  return {
    "an empty payload": "",
    "a payload of control characters": "\u0000\u0001\n\r\u001f\"'\\\u007f\u2028\r\n",
    "a payload that looks like JSON": '{"a":1e999,"__proto__":{}}',
    "a payload of other scripts": counting(5000, "é猫👩‍👩‍👧\u0000"),
    "a long payload": counting(100_002, " "),
    "a payload as long as a history": counting(600_000, "ü "),
  };
}

/** JSON as nobody writes it: valid texts of every kind, and texts that are broken in some places. */
import { integer, pick } from "../lifecycle/seeded_random.ts";

/** Chance; see `seededRandom`. */
export type Random = () => number;

const SPACES = ["", "", "", "", " ", "\t", "  \t "] as const;

/**
 * Strings with everything that a careless reader falls over. None is a single escaped character:
 * V8 15.0 takes such a key for a backslash, where it has seen an object of the same shape with one.
 */
const STRINGS = [
  '""',
  '"a"',
  '"data"',
  '"\\u0064ata"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"\\u0000a"',
  '"\\ud800a"',
  '"\\udc00\\ud800"',
  '"é漢👋"',
  '"\\"}{]["',
  '"\\\\\\\\"',
  '"\\n\\r\\/\\b"',
  '"\u2028\u007f"',
  '",:"',
] as const;

const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "1.5",
  "1e0",
  "1E400",
  "-1e-400",
  "4294967295",
  "4294967296",
  "9007199254740991",
  "9007199254740993",
  "-9007199254740993",
  "123456789012345678901234567890",
] as const;

const WORDS = ["true", "false", "null"] as const;

/** A text that is a string in JSON. */
export function stringText(random: Random): string {
  return pick(random, STRINGS);
}

/** A value that is no list and no object. */
export function scalarText(random: Random): string {
  return pick(random, [pick(random, STRINGS), pick(random, NUMBERS), pick(random, WORDS)]);
}

/** Any value, lists and objects at most `depth` deep; names in objects repeat. */
export function valueText(random: Random, depth: number): string {
  const kind = depth === 0 ? 0 : integer(random, 3);
  const count = integer(random, 4);
  const space = () => pick(random, SPACES);
  if (kind === 0) return `${space()}${scalarText(random)}${space()}`;
  if (kind === 1) {
    const items = Array.from({ length: count }, () => valueText(random, depth - 1));
    return `${space()}[${items.length === 0 ? space() : items.join(",")}]${space()}`;
  }
  return objectText(random, depth, count);
}

/** An object with as many members. */
export function objectText(random: Random, depth: number, count: number): string {
  const space = () => pick(random, SPACES);
  const members = Array.from(
    { length: count },
    () => `${space()}${stringText(random)}${space()}:${valueText(random, depth - 1)}`,
  );
  return `${space()}{${members.length === 0 ? space() : members.join(",")}}${space()}`;
}

/** Lists or objects in each other, as many as asked for. */
export function nestedText(random: Random, depth: number): string {
  const [open, close] = pick(random, NESTS);
  const isWhole = random() < 0.7;
  return `${open.repeat(depth)}1${isWhole ? close.repeat(depth) : ""}`;
}

const NESTS: readonly [[string, string], ...[string, string][]] = [
  ["[", "]"],
  ['{"a":', "}"],
  ['[{"data":', "}]"],
];

const TOKENS = /"(?:[^"\\]|\\.)*"?|[{}[\]:,]|[^\s{}[\]:,"]+|\s+/gs;

/** A text with one to three of its tokens taken out, repeated, moved or replaced. */
export function withChangedTokens(random: Random, text: string): string {
  const tokens = text.match(TOKENS) ?? [];
  for (let rounds = 1 + integer(random, 3); rounds > 0; rounds -= 1) {
    const at = integer(random, tokens.length + 1);
    const other = tokens[integer(random, tokens.length + 1)] ?? ",";
    const inserts = pick(random, [[], [other], [scalarText(random)], [valueText(random, 2)]]);
    tokens.splice(at, integer(random, 2), ...inserts);
  }
  return tokens.join("");
}

const CHARACTERS = [...'\0\n\r\t "\\{}[]:,0e-.x\x7fé\ufeff\u2028👋'] as [string, ...string[]];

/** A text with one to four of its characters taken out, put in or replaced. */
export function withChangedCharacters(random: Random, text: string): string {
  const characters = [...text];
  for (let rounds = 1 + integer(random, 4); rounds > 0; rounds -= 1) {
    const at = integer(random, characters.length + 1);
    const inserts = Array.from({ length: integer(random, 2) }, () => pick(random, CHARACTERS));
    characters.splice(at, integer(random, 2), ...inserts);
  }
  return characters.join("");
}

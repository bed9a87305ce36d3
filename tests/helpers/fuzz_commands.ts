/** Frames of the Centrifuge protocol in JSON, from those that every client sends to pure nonsense. */
import { integer, pick } from "../lifecycle/seeded_random.ts";
import type { Random } from "./fuzz_json.ts";
import {
  nestedText,
  scalarText,
  stringText,
  valueText,
  withChangedCharacters,
  withChangedTokens,
} from "./fuzz_json.ts";

const NAMES = [
  ...["a", "b", "news", "chat:1", "$private", "#u", "user#1,2", "__proto__", "constructor"],
] as unknown as [string, ...string[]];

const NO_NAMES = [
  ...["", ".", "..", "with space", "é", "\0", "no:namespace", "x".repeat(255), "x".repeat(256)],
] as unknown as [string, ...string[]];

/** A channel, and now and then what is none. */
export function channelName(random: Random): string {
  return pick(random, random() < 0.95 ? NAMES : NO_NAMES);
}

const EPOCHS = ["", "e", "x".repeat(300)] as const;

/** Reads as a token and fits nobody. */
const TOKENS = ["", "t", "a.b.c", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.x"] as const;

type Fields = readonly (readonly [name: string, text: (random: Random) => string])[];

const text = (values: readonly [string, ...string[]]) => (random: Random) =>
  JSON.stringify(pick(random, values));
const flag = (random: Random) => pick(random, ["true", "false"]);
const number = (random: Random) => pick(random, ["0", "1", "2", "3", "300", "9007199254740991"]);
const payload = (random: Random) => valueText(random, 3);
const position = (random: Random) =>
  `{"offset":${number(random)},"epoch":${text(EPOCHS)(random)},"recover":${flag(random)}}`;
const positions = (random: Random) =>
  `{${stringText(random)}:${position(random)},"__proto__":${position(random)}}`;

const channel = [
  "channel",
  (random: Random) => JSON.stringify(channelName(random)),
] as const;
const token = ["token", text(TOKENS)] as const;

/** The fields of each method's request, as a client would fill them. */
const METHODS: readonly (readonly [method: string, fields: Fields])[] = [
  ["connect", [["data", payload], ["subs", positions], ["name", text(["js", "x"])]]],
  ["connect", [token, ["version", text(["1"])]]],
  ["subscribe", [channel]],
  ["subscribe", [
    ...[channel, ["recover", flag], ["offset", number], ["epoch", text(EPOCHS)]] as Fields,
    ...[["flag", number], ["delta", text(["fossil", "x"])], ["join_leave", flag]] as Fields,
  ]],
  ["subscribe", [channel, token, ["data", payload], ["type", number], ["tf", payload]]],
  ["unsubscribe", [channel]],
  ["publish", [channel, ["data", payload]]],
  ["publish", [channel, ["data", payload], ["type", number]]],
  ["presence", [channel]],
  ["presence_stats", [channel]],
  ["history", [channel, ["limit", number], ["since", position], ["reverse", flag]]],
  ["rpc", [["method", text(["m", ""])], ["data", payload]]],
  ["send", [["data", payload]]],
  ["refresh", [token]],
  ["sub_refresh", [channel, token]],
  ["ping", []],
];

const IDS = ["0", "-1", "1.5", '"1"', "null", "4294967296", "1e400", "[]"] as const;

/** Methods after which a connection ends: among many others they are rare. */
const ENDING = ["connect", "send", "refresh", "sub_refresh"];

/** A command as a client would send it. */
export function commandText(random: Random, id: number): string {
  const [method, fields] = usualMethod(random);
  const members = fields.filter(([name]) => name === "channel" || random() < 0.8)
    .map(([name, value]) => `"${name}":${value(random)}`);
  return `{"id":${id},"${method}":{${members.join(",")}}}`;
}

function usualMethod(random: Random) {
  for (;;) {
    const [method, fields] = pick(random, METHODS as [[string, Fields], ...[string, Fields][]]);
    if (!ENDING.includes(method) || random() < 0.05) return [method, fields] as const;
  }
}

/** A command that is well-formed JSON and wrong in one way or another. */
function wrongCommand(random: Random, id: number): string {
  const [method, fields] = pick(random, METHODS as [[string, Fields], ...[string, Fields][]]);
  const good = fields.map(([name, value]) => `"${name}":${value(random)}`);
  const wrong = [
    `${stringText(random)}:${valueText(random, 2)}`,
    `"${pick(random, fields as Fields & [Fields[0]])?.[0] ?? "channel"}":${valueText(random, 1)}`,
    `"data":${nestedText(random, 1 + integer(random, 200))}`,
    `"__proto__":{"channel":"a","data":1}`,
  ] as const;
  const request = `{${[...good, pick(random, wrong)].join(",")}}`;
  return pick(random, [
    `{"id":${id},"${method}":${request}}`,
    `{"id":${pick(random, IDS)},"${method}":${request}}`,
    `{"id":${id},"${method}":${scalarText(random)}}`,
    `{"id":${id},"${method}":{"channel":"b"},"${method}":${request}}`,
    `{"id":${id},"${method}":${request},"ping":{}}`,
    `{"id":${id},"__proto__":${request}}`,
    `{"${method}":${request}}`,
  ]);
}

/** Anything that a frame may hold. */
export function frameText(random: Random, id: number): string {
  const kind = integer(random, 100);
  if (kind < 75) return commandText(random, id);
  if (kind < 79) return wrongCommand(random, id);
  if (kind < 83) return withChangedTokens(random, commandText(random, id));
  if (kind < 87) return withChangedCharacters(random, commandText(random, id));
  if (kind < 90) return `${commandText(random, id)}\n`;
  if (kind === 90) return oddFrame(random, id);
  const count = 2 + integer(random, 6);
  const lines = Array.from({ length: count }, (_, index) => commandText(random, id + index));
  return lines.join(random() < 0.98 ? "\n" : pick(random, ["\n\n", "\r\n", "", ","]));
}

function oddFrame(random: Random, id: number): string {
  return pick(random, [
    pick(random, ["", "\n", "{}", "{}\n{}", "null", "[]", "[{}]", "\ufeff{}", "\0", '{"id":1}']),
    valueText(random, 4),
    nestedText(random, 1 + integer(random, 10_000)),
    `{"id":${id},"rpc":{"data":"${"x".repeat(integer(random, 80_000))}"}}`,
    "{}\n".repeat(1 + integer(random, 5_000)),
    `${commandText(random, id)}\n`.repeat(1 + integer(random, 100)),
  ]);
}

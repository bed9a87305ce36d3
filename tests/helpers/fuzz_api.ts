/** Calls of the server API, from those that every program makes to pure nonsense. */
import { integer, pick } from "../lifecycle/seeded_random.ts";
import { apiKinds, type Tally } from "./documented_answers.ts";
import { channelName } from "./fuzz_commands.ts";
import type { Random } from "./fuzz_json.ts";
import {
  nestedText,
  stringText,
  valueText,
  withChangedCharacters,
  withChangedTokens,
} from "./fuzz_json.ts";

type Value = (random: Random) => string;

const text = (values: readonly [string, ...string[]]): Value => (random) =>
  JSON.stringify(pick(random, values));
const flag: Value = (random) => pick(random, ["true", "false"]);
const number: Value = (random) =>
  pick(random, ["0", "1", "-1", "2", "4000", "4102444800", "9007199254740991"]);
const payload: Value = (random) => valueText(random, 3);
const list = (value: Value): Value => (random) =>
  `[${Array.from({ length: integer(random, 5) }, () => value(random)).join(",")}]`;
const map = (value: Value): Value => (random) =>
  `{${stringText(random)}:${value(random)},"__proto__":${value(random)}}`;
const objectOf = (fields: Readonly<Record<string, Value>>): Value => (random) => {
  const members = Object.entries(fields).filter(() => random() < 0.8)
    .map(([name, value]) => `"${name}":${value(random)}`);
  return `{${members.join(",")}}`;
};

const channel: Value = (random) => JSON.stringify(channelName(random));
const base64 = text(["", "AAEC", "eyJhIjoxfQ==", "no base64"]);
const since = objectOf({ offset: number, epoch: text(["", "e"]) });
const target = { user: text(["", "u1", "u2"]), client: text(["", "c"]), session: text(["", "s"]) };
const publication = {
  ...{ data: payload, b64data: base64, skip_history: flag, tags: map(text(["", "\n"])) },
  ...{ idempotency_key: text(["", "k", "x".repeat(256)]), delta: flag, version: number },
  ...{ version_epoch: text(["", "v"]) },
};
const switchOf = objectOf({ value: flag });

/** The request of each method, as a program would fill it. */
const METHODS: Readonly<Record<string, Value>> = {
  publish: objectOf({ ...publication, channel }),
  broadcast: objectOf({ ...publication, channels: list(channel) }),
  subscribe: objectOf({
    ...{ ...target, channel, info: payload, b64info: base64, data: payload, b64data: base64 },
    ...{ expire_at: number, recover_since: since },
    override: objectOf({ presence: switchOf, join_leave: switchOf, force_recovery: switchOf }),
  }),
  unsubscribe: objectOf({ ...target, channel }),
  disconnect: objectOf({
    ...{ ...target, whitelist: list(text(["c"])) },
    disconnect: objectOf({ code: number, reason: text(["", "bye", "{}", "x".repeat(124)]) }),
  }),
  refresh: objectOf({ ...target, expired: flag, expire_at: number, info: payload }),
  presence: objectOf({ channel }),
  presence_stats: objectOf({ channel }),
  history: objectOf({ channel, limit: number, since, reverse: flag }),
  history_remove: objectOf({ channel }),
  channels: objectOf({ pattern: text(["", "*", "?*a*", "*".repeat(300)]) }),
  info: objectOf({}),
  rpc: objectOf({ method: text(["m"]), params: payload }),
  batch: (random) => batchText(random),
};

const NAMES = Object.keys(METHODS) as [string, ...string[]];

/** A batch, in which there may be a batch. */
function batchText(random: Random): string {
  const commands = Array.from({ length: integer(random, 6) }, () => {
    const name = pick(random, NAMES);
    return `{"${name}":${requestText(random, name)}}`;
  });
  return `{"commands":[${commands.join(",")}],"parallel":${flag(random)}}`;
}

function requestText(random: Random, name: string): string {
  return METHODS[name]?.(random) ?? "{}";
}

/** The body of a call, good or bad. */
function bodyText(random: Random, name: string): string {
  const good = requestText(random, name);
  const kind = integer(random, 20);
  if (kind < 12) return good;
  if (kind < 15) return withChangedTokens(random, good);
  if (kind < 18) return withChangedCharacters(random, good);
  return pick(random, [
    "",
    valueText(random, 4),
    nestedText(random, 1 + integer(random, 20_000)),
    `{"channel":"a","data":${nestedText(random, 1 + integer(random, 20_000))}}`,
    `{"commands":${valueText(random, 3)}}`,
  ]);
}

const KEYS = ["key", "key", "key", "key", "key", "key", "key", "key", "key", "wrong"] as const;

/** One call. */
export async function callApi(port: number, random: Random, tally: Tally): Promise<number> {
  const name = random() < 0.98 ? pick(random, NAMES) : pick(random, ["__proto__", "nothing", "%"]);
  const response = await fetch(`http://127.0.0.1:${port}/api/${name}`, {
    method: "POST",
    headers: {
      "X-API-Key": pick(random, KEYS),
      ...(random() < 0.2 && { "X-Centrifugo-Error-Mode": "transport" }),
    },
    body: bodyText(random, name),
  });
  const { status, headers } = response;
  const isTransport = status >= 400 && headers.get("content-type") === "application/json";
  const answer = await response.text();
  const isOfCall = isTransport && typeof JSON.parse(answer).error?.code === "number";
  for (const kind of apiKinds(isOfCall ? 200 : status, answer)) tally.add(`api ${kind}`);
  return 1;
}

import { CHANNEL_SETTINGS, NAMESPACE_NAME } from "./channel_settings.ts";
import {
  CLIENT_SETTINGS,
  HTTP_API_SETTINGS,
  PERSONAL_CHANNEL_SETTINGS,
} from "./client_settings.ts";
import type { OptionType } from "./option_types.ts";
import { text } from "./option_types.ts";
import { OPTIONS } from "./options.ts";
import type { Setting } from "./setting.ts";
import { SUBSCRIPTION_TOKEN_SWITCH, TOKEN_SETTINGS } from "./token_settings.ts";

/** What may stand at one place of the configuration file. */
export type Shape = ValueShape | SectionShape | ListShape;

/** A value. */
export interface ValueShape {
  readonly kind: "value";
  readonly setting: Setting<unknown>;
}

/** An object with members of its own. */
export interface SectionShape {
  readonly kind: "section";
  readonly help: string;
  readonly members: Map<string, Shape>;
  /** Members that may not be left out. */
  readonly required: readonly string[];
}

/** A list of objects. */
export interface ListShape {
  readonly kind: "list";
  readonly help: string;
  readonly item: SectionShape;
}

const HELP: Readonly<Record<string, string>> = {
  client: "clients and who they are",
  "client.token":
    "how connection tokens are checked, and subscription tokens without keys of theirs",
  "client.subscription_token": "how subscription tokens are checked, when it is enabled",
  "client.subscribe_to_user_personal_channel": "a channel of its own for every user",
  channel: "channels and what may be done in them; without this section everything may",
  "channel.without_namespace": "channels whose names have no namespace",
  http_api: "the server API over HTTP",
  tls: "the certificate for https and wss",
  stop: "how the server stops",
  log: "log lines on standard error",
  http_stream: "the Centrifuge protocol over HTTP streams",
  sse: "the Centrifuge protocol over Server-Sent Events",
};

/** Files for Centrifugo switch on what Midgard always has. */
const ALWAYS: OptionType<boolean> = {
  placeholder: "",
  schema: { const: true },
  parse: () => ({ kind: "refused", rule: "true" }),
  read: (json) =>
    json === true
      ? { kind: "value", value: true }
      : { kind: "refused", rule: "true, as it cannot be switched off" },
  print: String,
  write: (value) => value,
};

/** What editors look for in a JSON file, and what is always on. */
const EXTRA: readonly Setting<unknown>[] = [
  {
    key: "$schema",
    type: text("<url>", "where the JSON Schema of this file is"),
    default: undefined,
    help: "where the JSON Schema of this file is; for editors",
  },
  ...["http_stream.enabled", "sse.enabled"].map((key) => ({
    key,
    type: ALWAYS,
    default: true,
    help: "always on",
  })),
];

/** The whole of the configuration file, made from the tables of settings. */
export function fileShape(): SectionShape {
  const root = section("the configuration of a Midgard server");
  add(root, "client.", Object.values(CLIENT_SETTINGS));
  add(root, "client.token.", Object.values(TOKEN_SETTINGS));
  add(root, "client.subscription_token.", [SUBSCRIPTION_TOKEN_SWITCH]);
  add(root, "client.subscription_token.", Object.values(TOKEN_SETTINGS));
  const personal = "client.subscribe_to_user_personal_channel.";
  add(root, personal, Object.values(PERSONAL_CHANNEL_SETTINGS));
  add(root, "channel.without_namespace.", Object.values(CHANNEL_SETTINGS));
  add(root, "http_api.", Object.values(HTTP_API_SETTINGS));
  // Behind the others: an option has the default of its flag in the file as well.
  add(root, "", [...EXTRA, ...Object.values<Setting<unknown>>(OPTIONS)]);
  const item = section("the channels of one namespace", ["name"]);
  add(item, "", [NAMESPACE_NAME, ...Object.values(CHANNEL_SETTINGS)]);
  const help = "channels whose names begin with a namespace and a colon";
  sectionAt(root, ["channel"]).members.set("namespaces", { kind: "list", help, item });
  return root;
}

/** Every place by its key, `[]` behind a list's; sections before their members. */
export function placesOf(shape: Shape, key = ""): (readonly [key: string, shape: Shape])[] {
  switch (shape.kind) {
    case "value":
      return [[key, shape]];
    case "list":
      return [[key, shape], ...placesOf(shape.item, `${key}[]`)];
    case "section":
      return [
        [key, shape],
        ...[...shape.members].flatMap(([name, member]) => placesOf(member, memberKey(key, name))),
      ];
  }
}

/** The key of a section's member. */
export function memberKey(section: string, name: string): string {
  return section === "" ? name : `${section}.${name}`;
}

function section(help: string, required: readonly string[] = []): SectionShape {
  return { kind: "section", help, members: new Map(), required };
}

function add(root: SectionShape, prefix: string, settings: readonly Setting<unknown>[]): void {
  for (const setting of settings) {
    if (setting.key === undefined) continue;
    const names = `${prefix}${setting.key}`.split(".");
    const name = names.pop() ?? "";
    sectionAt(root, names).members.set(name, { kind: "value", setting });
  }
}

function sectionAt(root: SectionShape, names: readonly string[]): SectionShape {
  let found = root;
  for (const [index, name] of names.entries()) {
    const key = names.slice(0, index + 1).join(".");
    const member = found.members.get(name) ?? section(HELP[key] ?? "");
    if (member.kind !== "section") throw new TypeError(`Cannot put a setting below ${key}`);
    found.members.set(name, member);
    found = member;
  }
  return found;
}

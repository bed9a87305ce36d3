import { rawItems, rawValue } from "../../protocol/mod.ts";
import { harmless } from "../harmless.ts";
import { parsedJson } from "../refusal.ts";

/** One publication as it came. */
export interface SubMessage {
  /** 0 for one that is not in the channel's log. */
  readonly offset: number;
  /** JSON as it was published, or what `b64data` holds; text is a JSON string. */
  readonly data: string;
  readonly isBinary: boolean;
  /** What else is known of it, as JSON texts. */
  readonly about: Readonly<Record<string, string>>;
}

/** A close or an end of a subscription. */
export interface Ended {
  readonly code: number;
  readonly reason: string;
}

/** What the server says in one line of the stream, as far as one subscription is concerned. */
export type ServerLine =
  | { readonly kind: "ping" }
  | { readonly kind: "connected"; readonly session: string; readonly node: string; pingMs: number }
  | {
    readonly kind: "subscribed";
    /** Where the subscription stands before `messages`; undefined where there are no positions. */
    readonly position: { readonly epoch: string; readonly offset: number } | undefined;
    readonly wasRecovering: boolean;
    readonly isRecovered: boolean;
    readonly messages: readonly SubMessage[];
  }
  | { readonly kind: "message"; readonly message: SubMessage }
  | { readonly kind: "unsubscribed" | "disconnected"; readonly ended: Ended }
  | { readonly kind: "error"; readonly code: number; message: string; isTemporary: boolean }
  /** Of no concern. */
  | { readonly kind: "other" };

type Json = Readonly<Record<string, unknown>>;

const OTHER: ServerLine = { kind: "other" };

/** Reads one line of the Centrifuge protocol (JSON); what is no JSON is of no concern. */
export function readServerLine(line: string): ServerLine {
  const message = objectOf(parsedJson(line));
  if (message === undefined) return OTHER;
  if (Object.keys(message).length === 0) return { kind: "ping" };
  const error = objectOf(message["error"]);
  if (error !== undefined) {
    const { code, message: text, temporary } = error;
    return {
      ...{ kind: "error", code: Number(code), message: harmless(String(text)) },
      isTemporary: temporary === true,
    };
  }
  const push = objectOf(message["push"]);
  if (push !== undefined) return readPush(push, line);
  const connect = objectOf(message["connect"]);
  if (connect !== undefined) return connected(connect);
  const subscribe = objectOf(message["subscribe"]);
  return subscribe === undefined ? OTHER : subscribed(subscribe, line);
}

function readPush(push: Json, line: string): ServerLine {
  if (push["pub"] !== undefined) {
    return { kind: "message", message: messageOf(rawValue(line, ["push", "pub"]) ?? "{}") };
  }
  for (const [name, kind] of ENDS) {
    const ended = objectOf(push[name]);
    if (ended === undefined) continue;
    return {
      kind,
      ended: { code: Number(ended["code"]), reason: harmless(String(ended["reason"])) },
    };
  }
  return OTHER;
}

const ENDS = [["unsubscribe", "unsubscribed"], ["disconnect", "disconnected"]] as const;

function connected({ session, node, ping }: Json): ServerLine {
  const pingMs = typeof ping === "number" ? ping * 1_000 : 0;
  return { kind: "connected", session: String(session), node: String(node), pingMs };
}

function subscribed(result: Json, line: string): ServerLine {
  const { epoch, offset = 0, recoverable, recovered, was_recovering } = result;
  const items = rawItems(rawValue(line, ["subscribe", "publications"]) ?? "");
  const hasPosition = recoverable === true && typeof epoch === "string";
  return {
    kind: "subscribed",
    position: hasPosition ? { epoch, offset: Number(offset) } : undefined,
    wasRecovering: was_recovering === true,
    isRecovered: recovered === true,
    messages: items.map(messageOf),
  };
}

function messageOf(json: string): SubMessage {
  const about = ["info", "tags"].flatMap((name) => {
    const value = rawValue(json, [name]);
    return value === undefined ? [] : [[name, value]];
  });
  const binary = rawValue(json, ["b64data"]);
  return {
    offset: Number(rawValue(json, ["offset"]) ?? 0),
    data: binary ?? rawValue(json, ["data"]) ?? "null",
    isBinary: binary !== undefined,
    about: Object.fromEntries(about),
  };
}

function objectOf(value: unknown): Json | undefined {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as Json : undefined;
}

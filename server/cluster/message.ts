import type { Fields } from "../protocol/mod.ts";
import { COUNT, isObject, objectOf, parseJson, readFields, TEXT } from "../protocol/mod.ts";
import type { ClientInfo } from "../publication.ts";

/** What one node sends to others. `from` is always the sender's id. */
export type Message =
  /** A call of the server API, to be carried out by every node for its own clients. */
  | { kind: "call"; from: string; method: string; body: string }
  /** Somebody came into the topic's channel, or left it. */
  | { kind: "join" | "leave"; from: string; channel: string; info: ClientInfo }
  /** Wants an answer with the same id. */
  | { kind: "ask"; from: string; id: number; method: AskedMethod; body: string }
  | { kind: "answer"; from: string; id: number; body: string };

/** What one node may ask another. */
export type AskedMethod = "channels" | "emulate";

/** UTF-16 units of the longest message; a longer one is neither sent nor read. */
export const MAX_MESSAGE = 8 * 1_024 * 1_024;

/** The message as text. @throws {RangeError} if it is too long */
export function encodeMessage(message: Message): string {
  const text = JSON.stringify(message);
  if (text.length <= MAX_MESSAGE) return text;
  throw new RangeError(
    `Cannot send to other nodes as a message must be at most ${MAX_MESSAGE} long: ` +
      `current value is ${text.length}`,
  );
}

const INFO = objectOf({ user: TEXT, client: TEXT, connInfo: TEXT, chanInfo: TEXT });
const NOTICE = { from: TEXT, channel: TEXT, info: INFO };

/** What each kind holds: all of it. */
const FIELDS: Readonly<Record<Message["kind"], Fields>> = {
  call: { from: TEXT, method: TEXT, body: TEXT },
  join: NOTICE,
  leave: NOTICE,
  ask: { from: TEXT, id: COUNT, method: TEXT, body: TEXT },
  answer: { from: TEXT, id: COUNT, body: TEXT },
};

/** The message that a text is; undefined if it is none: nodes of another version may send others. */
export function decodeMessage(text: string): Message | undefined {
  const value = text.length > MAX_MESSAGE ? undefined : parseJson(text);
  if (!isObject(value)) return undefined;
  const { kind } = value;
  if (typeof kind !== "string" || !Object.hasOwn(FIELDS, kind)) return undefined;
  const fields = FIELDS[kind as Message["kind"]];
  const read = readFields(value, fields, text);
  const isWhole = read !== undefined && Object.keys(fields).every((name) => name in read);
  // The table reads for each kind what its type names.
  return isWhole && isInfo(read["info"]) ? { kind, ...read } as Message : undefined;
}

function isInfo(info: unknown): boolean {
  return info === undefined || isClientInfo(info);
}

/** Whether a value, read by its fields, is who a client is. */
export function isClientInfo(info: unknown): info is ClientInfo {
  return isObject(info) && info["user"] !== undefined && info["client"] !== undefined;
}

/** Who a client is, as it was stored; undefined if it is not that. */
export function decodeClientInfo(text: string): ClientInfo | undefined {
  const info = INFO(parseJson(text), text, []);
  return isClientInfo(info) ? info : undefined;
}

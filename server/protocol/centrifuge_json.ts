import { encodeBase64 } from "@std/encoding/base64";
import type { Payload, Publication } from "../publication.ts";
import type { CentrifugeCodec, Emulation } from "./centrifuge_codec.ts";
import type { Command, DecodedFrame } from "./centrifuge_commands.ts";
import type { Reply, WirePublication } from "./centrifuge_replies.ts";
import { readCommand } from "./centrifuge_requests.ts";
import { fossilDelta } from "./fossil_delta.ts";
import { parseJson } from "./json_fields.ts";
import { ownText } from "./own_text.ts";
import type { JoiningProtocol, Stream } from "./protocol.ts";
import { wirePublication } from "./wire_publication.ts";

/**
 * The Centrifuge protocol as JSON: one object a line, and as many lines in a frame as there are
 * messages, in both directions. Payloads stand in it as they are.
 */
const PUBLICATIONS: JoiningProtocol<string> = {
  name: "centrifuge-json",
  encode: (publication, stream) =>
    push(stream.channel, "pub", messageJson(wirePublication(publication, stream))),
  join: (frames) => frames.join("\n"),
};

/** See {@linkcode CentrifugeCodec}. */
export const CENTRIFUGE_JSON: CentrifugeCodec<string> = {
  name: "json",
  decode,
  decodeEmulation,
  encode,
  join: PUBLICATIONS.join,
  publications: PUBLICATIONS,
  deltaOf,
};

function decode(data: string | Uint8Array<ArrayBuffer>): DecodedFrame {
  const text = typeof data === "string" ? data : decodeUtf8(data);
  const commands: Command[] = [];
  if (text === undefined) return { kind: "malformed", commands };
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  let hasPong = false;
  for (const line of body.split("\n")) {
    const command = readCommand(ownText(line, text));
    const isPong = command?.method === "pong";
    if (command === undefined || (isPong && hasPong)) return { kind: "malformed", commands };
    hasPong ||= isPong;
    commands.push(command);
  }
  return { kind: "commands", commands };
}

function decodeEmulation(body: Uint8Array<ArrayBuffer>): Emulation | undefined {
  const message = parseJson(decodeUtf8(body) ?? "");
  if (typeof message !== "object" || message === null) return undefined;
  const { session, node, data } = message as Readonly<Record<string, unknown>>;
  const isWhole = typeof session === "string" && typeof node === "string" &&
    typeof data === "string";
  return isWhole ? { session, node, data } : undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function encode(reply: Reply): string {
  switch (reply.kind) {
    case "ping":
      return "{}";
    case "push":
      return push(reply.channel, reply.push, messageJson(reply.body));
    case "error":
      return `{"id":${reply.id},"error":${messageJson(reply.error)}}`;
    case "result": {
      const isWhole = WHOLE_RESULTS.has(reply.method);
      return `{"id":${reply.id},"${reply.method}":${messageJson(reply.result, isWhole)}}`;
    }
  }
}

function push(channel: string, kind: string, body: string): string {
  const name = channel === "" ? "" : `"channel":${JSON.stringify(channel)},`;
  return `{"push":{${name}"${kind}":${body}}}`;
}

/** Results of which every field is sent, zero or not. */
const WHOLE_RESULTS: ReadonlySet<string> = new Set(["presence", "presence_stats", "history"]);

/** Fields that hold more than a number, a text or a truth value. */
const NESTED: Readonly<Record<string, (value: never) => string>> = {
  conn_info: (value: Payload) => payloadJson(value),
  chan_info: (value: Payload) => payloadJson(value),
  info: (value: object) => messageJson(value, true),
  tags: (value: object) => JSON.stringify(value),
  publications: (value: readonly object[]) => sharedListJson(value),
  channels: (value: object) => mapJson(value, messageJson),
  nodes: (value: readonly object[]) => listJson(value, (each) => messageJson(each, true)),
  responses: (value: readonly object[]) => listJson(value, messageJson),
  presence: (value: object) => mapJson(value, (each) => messageJson(each, true)),
  subs: (value: object) => mapJson(value, messageJson),
};

/** An object of the protocol. Zero values are left out, unless the object is sent whole. */
export function messageJson(message: object, isWhole = false): string {
  let members = "";
  for (const [name, value] of Object.entries(message)) {
    if (value === undefined || (!isWhole && isZero(value))) continue;
    if (members !== "") members += ",";
    if (name === "data") members += dataJson(value);
    else members += `"${name}":${NESTED[name]?.(value as never) ?? JSON.stringify(value)}`;
  }
  return `{${members}}`;
}

function isZero(value: unknown): boolean {
  return value === 0 || value === "" || value === false ||
    (Array.isArray(value) && value.length === 0);
}

function listJson(list: readonly object[], encodeValue: (value: object) => string): string {
  return `[${list.map((each) => encodeValue(each)).join(",")}]`;
}

/** Lists by their JSON: those who come back at once are given one and the same. */
const LISTS = new WeakMap<readonly object[], string>();

function sharedListJson(list: readonly object[]): string {
  let json = LISTS.get(list);
  if (json === undefined) {
    json = listJson(list, messageJson);
    LISTS.set(list, json);
  }
  return json;
}

function mapJson(map: object, encodeValue: (value: object) => string): string {
  const members = Object.entries(map).map(([key, value]) =>
    `${JSON.stringify(key)}:${encodeValue(value)}`
  );
  return `{${members.join(",")}}`;
}

function dataJson(payload: Payload): string {
  return payload.kind === "binary"
    ? `"b64data":${payloadJson(payload)}`
    : `"data":${payloadJson(payload)}`;
}

/**
 * A payload as one line of JSON. A line break can only stand between the tokens of JSON that came
 * from elsewhere, where a space means the same.
 */
function payloadJson(payload: Payload): string {
  switch (payload.kind) {
    case "json":
      return /[\r\n]/.test(payload.text) ? payload.text.replace(/[\r\n]+/g, " ") : payload.text;
    case "text":
      return JSON.stringify(payload.text);
    case "binary":
      return `"${encodeBase64(payload.bytes)}"`;
  }
}

const ENCODER = new TextEncoder();

/**
 * With deltas `data` is always a string: the whole JSON text, or the delta, which must itself be
 * text. Where it would cut a character in two, or is no shorter, the whole text is sent.
 */
function deltaOf(
  publication: Publication,
  previous: Publication | undefined,
  stream: Stream,
): WirePublication {
  const whole = payloadJson(publication.payload);
  const delta = previous === undefined
    ? undefined
    : deltaText(payloadJson(previous.payload), whole);
  const data = { kind: "text", text: delta ?? whole } as const;
  return { ...wirePublication(publication, stream), data, delta: delta !== undefined };
}

function deltaText(from: string, to: string): string | undefined {
  const target = ENCODER.encode(to);
  const delta = fossilDelta(ENCODER.encode(from), target);
  return delta.byteLength < target.byteLength ? decodeUtf8(delta) : undefined;
}

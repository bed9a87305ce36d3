import { harmless, harmlessJson } from "../harmless.ts";
import type { SubMessage } from "./sub_message.ts";

/** Where a message was, and when it came. */
export interface MessagePlace {
  readonly channel: string;
  /** Undefined where the channel has no positions. */
  readonly epoch: string | undefined;
  /** Milliseconds since 1970. */
  readonly receivedAtMs: number;
}

/**
 * A message as one line of JSON; the payload stands in it as it was published, but for what a
 * terminal would obey.
 */
export function messageJson(
  { offset, data, isBinary, about }: SubMessage,
  { channel, epoch, receivedAtMs }: MessagePlace,
  isTerminal = false,
): string {
  const members = [
    ["channel", JSON.stringify(channel)],
    ...(epoch !== undefined && offset > 0 ? [["epoch", JSON.stringify(epoch)]] : []),
    ...(offset > 0 ? [["offset", String(offset)]] : []),
    [isBinary ? "b64data" : "data", data],
    ...Object.entries(about),
    ["received", String(receivedAtMs)],
  ];
  const line = `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}`;
  return `${isTerminal ? harmlessJson(line) : line}\n`;
}

/** A message as text: a JSON string as what it says, bytes as base64, other JSON as it stands. */
export function messageText({ data }: SubMessage, isTerminal: boolean): string {
  const text = data.startsWith('"') ? String(JSON.parse(data)) : data;
  return `${isTerminal ? harmless(text) : text}\n`;
}

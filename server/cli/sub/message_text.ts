import type { SubMessage } from "./sub_message.ts";

/** Where a message was, and when it came. */
export interface MessagePlace {
  readonly channel: string;
  /** Undefined where the channel has no positions. */
  readonly epoch: string | undefined;
  /** Milliseconds since 1970. */
  readonly receivedAtMs: number;
}

/** A message as one line of JSON; the payload stands in it as it was published. */
export function messageJson(
  { offset, data, isBinary, about }: SubMessage,
  { channel, epoch, receivedAtMs }: MessagePlace,
): string {
  const members = [
    ["channel", JSON.stringify(channel)],
    ...(epoch !== undefined && offset > 0 ? [["epoch", JSON.stringify(epoch)]] : []),
    ...(offset > 0 ? [["offset", String(offset)]] : []),
    [isBinary ? "b64data" : "data", data],
    ...Object.entries(about),
    ["received", String(receivedAtMs)],
  ];
  return `{${members.map(([name, value]) => `"${name}":${value}`).join(",")}}\n`;
}

/** A message as text: a JSON string as what it says, bytes as base64, other JSON as it stands. */
export function messageText({ data }: SubMessage, isTerminal: boolean): string {
  const text = data.startsWith('"') ? String(JSON.parse(data)) : data;
  return `${isTerminal ? harmless(text) : text}\n`;
}

/**
 * Control characters but tab and newline, and those that change the direction of text (Unicode
 * UAX 9): a message could otherwise move the cursor, or show what it does not say.
 */
const CONTROL = /(?![\t\n])\p{Cc}|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The same with escapes in place of what a terminal would obey. */
function harmless(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, "0")}`
      : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

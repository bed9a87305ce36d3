import { concat } from "@std/bytes/concat";
import type { Payload, Position, Publication } from "../publication.ts";
import { encodeBase64 } from "@std/encoding/base64";
import type { JoiningProtocol, Stream } from "./protocol.ts";

const ENCODER = new TextEncoder();

/** A restart takes well under a second: the reader should be back soon after it. */
const RETRY_AFTER_STOP_MS = 250;

/** Milliseconds after which a client that lost the stream comes back. */
const RETRY_MS = 1_000;

/** Server-Sent Events (WHATWG HTML 9.2): one event a publication, its position as the id. */
export const SSE_PROTOCOL: JoiningProtocol<Uint8Array<ArrayBuffer>> = {
  name: "sse",
  encode: ({ offset, payload }: Publication, { epoch }: Stream): Uint8Array<ArrayBuffer> => {
    // One that went past the log has no position: the reader's stays what it was.
    const id = offset === 0 ? "" : `id: ${formatPosition({ epoch, offset })}\n`;
    return ENCODER.encode(`${id}${eventOf(payload)}\n`);
  },
  join: (frames: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> => concat(frames),
};

/** The first thing on a stream: how soon to come back, and the position it begins at. */
export function sseBegin(position: Position): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(`retry: ${RETRY_MS}\nid: ${formatPosition(position)}\n\n`);
}

/** Tells that what lies before `position` is lost. */
export function sseReset(position: Position): Uint8Array<ArrayBuffer> {
  const id = formatPosition(position);
  const data = JSON.stringify(position);
  return ENCODER.encode(`retry: ${RETRY_MS}\nid: ${id}\nevent: reset\ndata: ${data}\n\n`);
}

/** The last thing on a stream that the server ends: come back soon. */
export const SSE_END: Uint8Array<ArrayBuffer> = ENCODER.encode(`retry: ${RETRY_AFTER_STOP_MS}\n\n`);

/** A comment: keeps proxies from taking a quiet stream for a dead one. */
export const SSE_HEARTBEAT: Uint8Array<ArrayBuffer> = ENCODER.encode(":\n\n");

/** A position as it stands in an event's id. */
export function formatPosition({ epoch, offset }: Position): string {
  return `${epoch}:${offset}`;
}

/** The position that an event's id names, or undefined if it names none. */
export function parsePosition(id: string): Position | undefined {
  const [, epoch = "", offset = ""] = /^([\w-]{1,64}):(\d{1,15})$/.exec(id) ?? [];
  return epoch === "" ? undefined : { epoch, offset: Number(offset) };
}

/**
 * A line break of any kind would end the field, so each line becomes a `data:` of its own. What
 * comes back together at the client has `\n` between the lines, whatever was there before.
 */
function eventOf(payload: Payload): string {
  if (payload.kind === "binary") return `event: binary\ndata: ${encodeBase64(payload.bytes)}\n`;
  return payload.text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`).join("");
}

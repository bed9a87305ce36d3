import type { Payload, Publication } from "../publication.ts";
import type { Protocol } from "./protocol.ts";

/** What a plain WebSocket carries: a text or a binary frame. */
export type PlainFrame = string | Uint8Array<ArrayBuffer>;

/** Plain WebSocket: the payload is the frame, with nothing around it. */
export const PLAIN_PROTOCOL: Protocol<PlainFrame> = {
  name: "plain",
  encode: ({ payload }: Publication): PlainFrame =>
    payload.kind === "binary" ? payload.bytes : payload.text,
};

/**
 * The payload of a frame that a plain client sent. Text stays text even if it would parse as JSON:
 * only a publisher that says so publishes JSON.
 */
export function decodePlainFrame(data: string | ArrayBuffer): Payload {
  if (typeof data === "string") return { kind: "text", text: data };
  return { kind: "binary", bytes: new Uint8Array(data) };
}

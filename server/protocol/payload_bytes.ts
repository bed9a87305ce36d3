import type { Payload } from "../publication.ts";

const ENCODER = new TextEncoder();

/** A byte order mark is part of the payload: what goes out must be what came in. */
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a payload on a wire that knows only bytes: UTF-8, or those of the payload itself. */
export function payloadBytes(payload: Payload): Uint8Array<ArrayBuffer> {
  return payload.kind === "binary" ? payload.bytes : ENCODER.encode(payload.text);
}

/**
 * What came as `bytes` on a wire that knows only bytes: JSON if that is what they are, so that
 * readers of JSON get it as such. Others are copied, as the frame they came in may be much larger.
 */
export function payloadOf(bytes: Uint8Array): Payload {
  const text = jsonText(bytes);
  return text === undefined
    ? { kind: "binary", bytes: new Uint8Array(bytes) }
    : { kind: "json", text };
}

function jsonText(bytes: Uint8Array): string | undefined {
  try {
    const text = DECODER.decode(bytes);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

import type { Payload } from "../publication.ts";

/** How a payload's kind is stored. Numbers are never reused. */
export type StoredKind = 0 | 1 | 2;

const KINDS = ["json", "text", "binary"] as const;

/** A payload as a column's value. */
export interface StoredPayload {
  readonly kind: StoredKind;
  readonly value: string | Uint8Array<ArrayBuffer>;
}

/**
 * Text is stored as text, so that the file can be read with any SQLite tool, except with a NUL in
 * it: the runtime's binding reads text only up to the first NUL, so such text is stored as bytes.
 */
export function encodePayload(payload: Payload): StoredPayload {
  if (payload.kind === "binary") return { kind: 2, value: payload.bytes };
  const kind = payload.kind === "json" ? 0 : 1;
  const value = payload.text.includes("\0") ? new TextEncoder().encode(payload.text) : payload.text;
  return { kind, value };
}

/** The payload that {@linkcode encodePayload} stored. */
export function decodePayload(kind: StoredKind, value: StoredPayload["value"]): Payload {
  const name = KINDS[kind];
  if (typeof value === "string") {
    if (name === "binary") throw new TypeError("Cannot read a publication as it is damaged");
    return { kind: name, text: value };
  }
  if (name === "binary") return { kind: name, bytes: value };
  return { kind: name, text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(value) };
}

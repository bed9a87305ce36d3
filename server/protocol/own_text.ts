const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Characters that a part may keep alive besides as many as it has itself. */
const MAX_WASTE = 256;

/**
 * A part of a text, as a text of its own where the whole is much larger: V8 keeps all of what a part
 * was cut from for as long as the part is there, and a payload may stay for a day.
 *
 * @param whole Well-formed, as all text is that came over a wire.
 */
export function ownText(part: string, whole: string): string {
  const isWasteful = whole.length > 2 * part.length + MAX_WASTE;
  return isWasteful ? DECODER.decode(ENCODER.encode(part)) : part;
}

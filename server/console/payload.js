/** What a message holds, as text that is safe to show. Nothing here touches the page. */

import { formatCount } from "./format.js";

/** Characters of a row in the list: a row must stay cheap to lay out. */
const MAX_PREVIEW = 400;
/** Characters of one message that is looked at. */
const MAX_SHOWN = 262_144;
const MAX_SHOWN_BYTES = 4_096;
/** Deeper JSON is shown as it came: indenting it would cost the square of its depth. */
const MAX_INDENTED_DEPTH = 32;

/**
 * What is not seen but acts: control characters, and marks that turn the direction of text, which
 * would let a payload rearrange what is around it. Not what joins one emoji out of several.
 */
const UNSEEN = /(?![\t\n\u200d])[\p{Cc}\p{Cf}]/gu;

/** Text with what cannot be seen in it spelled out: `⟨U+202E⟩`. */
export function visible(text) {
  return text.replace(UNSEEN, (char) => {
    return `⟨U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/**
 * How to show a message: `kind` is `json`, `text` or `binary`, `text` the whole of it, `note` what is
 * not in `text`, `info` and `tags` what came with it.
 *
 * A message is `{ raw, form }`, where `form` says what `raw` is: a `push` or a `publication` of the
 * Centrifuge protocol or of history, the `text` of an event, or its `base64`.
 */
export function describe({ raw, form }) {
  if (form === "base64") return describeBinary(raw);
  if (form === "text") return describeText(raw, jsonOf(raw));
  const publication = publicationOf(raw, form);
  if (publication === undefined) return describeText(raw, undefined);
  const { data, b64data, info, tags } = publication;
  const about = { info, tags };
  if (b64data !== undefined) return { ...describeBinary(b64data), ...about };
  if (typeof data === "string") return { ...describeJsonText(data), ...about };
  return { kind: "json", ...cut(indented(data)), ...about };
}

/** One line of a message for a list, and its kind. */
export function preview(message) {
  const { kind, data, text } = shortOf(message);
  const line = data === undefined ? text : compact(data);
  return { kind, text: visible(line.slice(0, MAX_PREVIEW)).replace(/\s+/g, " ") };
}

function shortOf({ raw, form }) {
  if (form === "base64") return { kind: "binary", text: describeBinary(raw).text };
  if (form === "text") {
    const isJson = raw.length < MAX_SHOWN && jsonOf(raw) !== undefined;
    return { kind: isJson ? "json" : "text", text: raw };
  }
  const { data, b64data } = publicationOf(raw, form) ?? { data: raw };
  if (b64data !== undefined) return { kind: "binary", text: describeBinary(b64data).text };
  return typeof data === "string" ? { kind: "text", text: data } : { kind: "json", data };
}

function publicationOf(raw, form) {
  try {
    const value = parseExactly(raw);
    return form === "push" ? value.push.pub : value;
  } catch {
    return undefined;
  }
}

/** Parses with numbers kept as they were written: a 64-bit id must not be shown rounded. */
export function parseExactly(text) {
  // A reviver goes as deep as the value does, and the stack does not.
  return bracketDepth(text) > 1_000 ? JSON.parse(text) : JSON.parse(text, keepNumber);
}

function keepNumber(_key, value, context) {
  if (typeof value !== "number" || !context || !JSON.rawJSON) return value;
  return JSON.rawJSON(context.source);
}

/** The object or array that a text is as JSON; undefined for others: a scalar looks as text does. */
function jsonOf(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return parseExactly(text);
  } catch {
    return undefined;
  }
}

function describeText(text, json) {
  if (json === undefined) return { kind: "text", ...cut(text) };
  return { kind: "json", ...cut(bracketDepth(text) > MAX_INDENTED_DEPTH ? text : indented(json)) };
}

/** Text stays text where it looks like JSON, as most of what is sent without a type does. */
function describeJsonText(text) {
  const json = jsonOf(text);
  const { note, ...shown } = describeText(text, json);
  const isJson = json !== undefined;
  return { ...shown, kind: "text", note: isJson ? `JSON inside ${note}`.trim() : note };
}

function indented(value) {
  const line = compact(value);
  if (bracketDepth(line) > MAX_INDENTED_DEPTH) return line;
  return JSON.stringify(value, null, 2) ?? line;
}

function compact(value) {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "JSON that is nested too deep to be shown";
  }
}

function describeBinary(base64) {
  const bytes = bytesOf(base64);
  if (bytes === undefined) return { kind: "binary", ...cut(base64) };
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES);
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = shown.length < bytes.length ? `${hex} …` : hex;
  return { kind: "binary", text, note: formatCount(bytes.length, "byte") };
}

function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function cut(text) {
  if (text.length <= MAX_SHOWN) return { text: visible(text), note: "" };
  const note = `${formatCount(text.length - MAX_SHOWN, "more character")} not shown`;
  return { text: `${visible(text.slice(0, MAX_SHOWN))}…`, note };
}

/** At least the nesting depth of `text`; brackets inside strings only make it larger. */
function bracketDepth(text) {
  let depth = 0;
  let deepest = 0;
  for (const char of text) {
    if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    if (char === "]" || char === "}") depth -= 1;
  }
  return deepest;
}

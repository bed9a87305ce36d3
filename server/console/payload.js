/** What a message holds, as text that is safe to show. Nothing here touches the page. */

import { formatCount } from "./format.js";
import { indentJson, jsonDepth, rawMember } from "./json_text.js";

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
 * not in `text`, `size` its bytes as it was published, `info` and `tags` what came with it.
 *
 * A message is `{ raw, form }`, where `form` says what `raw` is: a `push` or a `publication` of the
 * Centrifuge protocol or of history, the `text` of an event, or its `base64`.
 */
export function describe({ raw, form }) {
  if (form === "base64") return describeBinary(raw);
  if (form === "text") return isJsonText(raw) ? describeJson(raw) : describeText(raw);
  const publication = rawMember(raw, PATHS[form]);
  const about = { info: valueOf(publication, "info"), tags: valueOf(publication, "tags") };
  return { ...describeData(publication), ...about };
}

/** One line of a message for a list, and its kind. */
export function preview({ raw, form }) {
  const { kind, text } = shortOf(raw, form);
  return { kind, text: visible(text.slice(0, MAX_PREVIEW)).replace(/\s+/g, " ") };
}

/** Where a publication stands in what came. */
const PATHS = { push: ["push", "pub"], publication: [] };

function shortOf(raw, form) {
  if (form === "base64") return { kind: "binary", text: describeBinary(raw).text };
  if (form === "text") return { kind: isJsonText(raw) ? "json" : "text", text: raw };
  const data = rawMember(raw, [...PATHS[form], "data"]);
  if (data?.startsWith('"')) return { kind: "text", text: JSON.parse(data) };
  if (data !== undefined) return { kind: "json", text: data };
  return { kind: "binary", text: describeBinary(valueOf(raw, ...PATHS[form], "b64data")).text };
}

function describeData(publication) {
  const data = rawMember(publication, ["data"]);
  if (data === undefined) return describeBinary(valueOf(publication, "b64data"));
  return data.startsWith('"') ? describeJsonText(JSON.parse(data)) : describeJson(data);
}

function valueOf(text, ...path) {
  const raw = rawMember(text, path);
  return raw === undefined ? undefined : JSON.parse(raw);
}

/** Whether a text is a JSON object or array: a scalar looks as text does. */
function isJsonText(text) {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function describeText(text) {
  return { kind: "text", size: byteLength(text), ...cut(text) };
}

/** Text stays text where it looks like JSON, as most of what is sent without a type does. */
function describeJsonText(text) {
  if (!isJsonText(text)) return describeText(text);
  const { note, ...shown } = describeJson(text);
  return { ...shown, kind: "text", note: `JSON inside ${note}`.trim() };
}

function describeJson(text) {
  const isShallow = jsonDepth(text) <= MAX_INDENTED_DEPTH;
  return { kind: "json", size: byteLength(text), ...cut(isShallow ? indentJson(text) : text) };
}

function describeBinary(base64 = "") {
  const bytes = bytesOf(base64);
  if (bytes === undefined) return { kind: "binary", size: base64.length, ...cut(base64) };
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES);
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = shown.length < bytes.length ? `${hex} …` : hex;
  return { kind: "binary", size: bytes.length, text, note: formatCount(bytes.length, "byte") };
}

function byteLength(text) {
  return new TextEncoder().encode(text).byteLength;
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

import type { Payload } from "../publication.ts";
import { ownText } from "./own_text.ts";
import { rawValue } from "./raw_json.ts";

/** Reads one field; undefined if it is not what it must be. */
export type Field = (value: unknown, json: string, path: readonly string[]) => unknown;

/** A text. */
export const TEXT: Field = (value: unknown): unknown =>
  typeof value === "string" ? value : undefined;
/** A truth value. */
export const FLAG: Field = (value: unknown): unknown =>
  typeof value === "boolean" ? value : undefined;
/** A whole number of 0 or more. */
export const COUNT: Field = (value: unknown): unknown =>
  isSafe(value) && value >= 0 ? value : undefined;
/** A whole number. */
export const INTEGER: Field = (value: unknown): unknown => isSafe(value) ? value : undefined;
/** Any JSON, as it stands there. */
export const DATA: Field = (
  _value: unknown,
  json: string,
  path: readonly string[],
): Payload | undefined => {
  const text = rawValue(json, path);
  return text === undefined ? undefined : { kind: "json", text: ownText(text, json) };
};
/** Only whether it is there is of interest. */
export const PRESENCE: Field = (): unknown => true;

/** A list of texts. */
export const TEXTS: Field = (value: unknown): unknown =>
  Array.isArray(value) && value.every((each) => typeof each === "string") ? value : undefined;

/** Texts by name. */
export const TEXT_MAP: Field = (value: unknown): unknown =>
  isObject(value) && Object.values(value).every((each) => typeof each === "string")
    ? value
    : undefined;

/** An object of known fields. */
export function objectOf(fields: Fields): Field {
  return (value, json, path) => isObject(value) ? readFields(value, fields, json, path) : undefined;
}

/** What an object may hold, by name; everything else in it is ignored. */
export type Fields = Readonly<Record<string, Field>>;

/** The known fields of an object; `null` is as good as absent. Undefined if one is wrong. */
export function readFields(
  object: Readonly<Record<string, unknown>>,
  fields: Fields,
  json: string,
  path: readonly string[] = [],
): Record<string, unknown> | undefined {
  const read: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(object)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined || (value === null && field !== DATA)) continue;
    read[name] = field(value, json, [...path, name]);
    if (read[name] === undefined) return undefined;
  }
  return read;
}

/** A JSON document's value; undefined if it is none. */
export function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Whether a value is an object, not a list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSafe(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

import { ownText } from "./own_text.ts";

/**
 * The text of one value inside a JSON document, as it stands there: parsing and writing it again
 * would lose digits of large numbers and the order of equal keys.
 *
 * @param json A valid JSON object. @param path The keys that lead to the value.
 * @returns undefined if there is no such value. Of a repeated key the last one counts, as for
 *   `JSON.parse`.
 */
export function rawValue(json: string, path: readonly string[]): string | undefined {
  let text: string | undefined = json;
  for (const key of path) {
    if (text === undefined) return undefined;
    text = memberOf(text, key);
  }
  return text;
}

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The texts of a list's items, as they stand there. @param json A valid JSON array. */
export function rawItems(json: string): string[] {
  const items: string[] = [];
  let index = json.indexOf("[") + 1;
  while (index > 0 && index < json.length) {
    const end = endOfValue(json, index);
    const item = json.slice(index, end).trim();
    if (item !== "") items.push(ownText(item, json));
    index = end + 1;
  }
  return items;
}

/** The last member of an object that has `key`. */
function memberOf(json: string, key: string): string | undefined {
  let found: string | undefined;
  let index = json.indexOf("{") + 1;
  while (index > 0 && index < json.length) {
    const keyStart = json.indexOf('"', index);
    if (keyStart === -1) break;
    const keyEnd = endOfString(json, keyStart);
    const valueStart = json.indexOf(":", keyEnd) + 1;
    const valueEnd = endOfValue(json, valueStart);
    const isKey = JSON.parse(json.slice(keyStart, keyEnd)) === key;
    if (isKey) found = json.slice(valueStart, valueEnd).trim();
    index = valueEnd + 1;
  }
  return found;
}

/** The index behind the closing quote of the string that opens at `start`. */
function endOfString(json: string, start: number): number {
  for (let index = start + 1; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === BACKSLASH) index += 1;
    else if (code === QUOTE) return index + 1;
  }
  return json.length;
}

/** The index of the comma or bracket that ends the value at `start`. */
function endOfValue(json: string, start: number): number {
  let depth = 0;
  for (let index = start; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) index = endOfString(json, index) - 1;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) depth += 1;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
      if (depth === 0) return index;
      depth -= 1;
    } else if (code === COMMA && depth === 0) return index;
  }
  return json.length;
}

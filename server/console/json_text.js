/**
 * JSON as the text that it is: parts of it are cut out and indented letter by letter, so that no number
 * is rounded, no key is taken for something else and no depth is too deep. Texts are valid JSON.
 */

/** The text of the value at a path of names; undefined if there is none. */
export function rawMember(text, path) {
  let at = skipSpace(text, 0);
  for (const name of path) {
    const start = memberStart(text, at, name);
    if (start === undefined) return undefined;
    at = start;
  }
  return text.slice(at, valueEnd(text, at));
}

/** The texts of an array's items. */
export function rawItems(text) {
  const items = [];
  let at = skipSpace(text, skipSpace(text, 0) + 1);
  while (text[at] !== "]") {
    const end = valueEnd(text, at);
    items.push(text.slice(at, end));
    at = skipSpace(text, end);
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return items;
}

/** Where the value of a name begins in the object at a place; the last one, as a parser takes it. */
function memberStart(text, object, name) {
  if (text[object] !== "{") return undefined;
  let found;
  let at = skipSpace(text, object + 1);
  while (text[at] === '"') {
    const end = stringEnd(text, at);
    const value = skipSpace(text, skipSpace(text, end) + 1);
    if (JSON.parse(text.slice(at, end)) === name) found = value;
    at = skipSpace(text, valueEnd(text, value));
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}

function skipSpace(text, at) {
  while (at < text.length && " \t\r\n".includes(text[at])) at++;
  return at;
}

function stringEnd(text, at) {
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === "\\") end++;
    else if (text[end] === '"') return end + 1;
  }
  return text.length;
}

function valueEnd(text, at) {
  if (text[at] === '"') return stringEnd(text, at);
  if (text[at] !== "{" && text[at] !== "[") {
    let end = at;
    while (end < text.length && !",]} \t\r\n".includes(text[end])) end++;
    return end;
  }
  let depth = 0;
  for (let end = at; end < text.length; end++) {
    const char = text[end];
    if (char === '"') end = stringEnd(text, end) - 1;
    else if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return end + 1;
  }
  return text.length;
}

/** Strings, brackets, commas and colons, and what stands between them; space is left out. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The same JSON with each member and item on a line of its own, and empty ones together. */
export function indentJson(text) {
  const parts = [];
  let [depth, before] = [0, ""];
  const line = () => parts.push("\n", "  ".repeat(depth));
  for (const [token] of text.matchAll(TOKENS)) {
    const isEmpty = before === "{" || before === "[";
    const isEnd = token === "}" || token === "]";
    if (isEnd) depth--;
    if (isEnd ? !isEmpty : isEmpty || before === ",") line();
    parts.push(token === ":" ? ": " : token);
    if (token === "{" || token === "[") depth++;
    before = token;
  }
  return parts.join("");
}

/** How deep brackets are nested, those in strings left out. */
export function jsonDepth(text) {
  let [depth, deepest] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = stringEnd(text, at) - 1;
    else if (char === "{" || char === "[") deepest = Math.max(deepest, ++depth);
    else if (char === "}" || char === "]") depth--;
  }
  return deepest;
}

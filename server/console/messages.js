/**
 * What happens, as text and rows: times, counts and frames in words, and the two bounded lists that
 * show them. The page is only touched when a list is used, so that the rest needs no browser.
 */

const MAX_MESSAGES = 500;
const MAX_TIMELINE = 50;
/** How far from its end, in pixels, a list still follows what is new. */
const NEAR_END_PX = 48;
/** Longer payloads are cut on the page only; a row must stay cheap to lay out. */
const MAX_SHOWN_CHARACTERS = 4_096;
const MAX_SHOWN_BYTES = 48;
/** Deeper JSON is shown as it came: indenting it would cost the square of its depth. */
const MAX_INDENTED_DEPTH = 32;

/** Local time of day to the millisecond: `14:03:27.512`. */
export function formatClock(date) {
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"));
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** A span of time: `0.04 s`, `1.8 s`, `2 min 5 s`, `3 h 20 min`, `4 d 6 h`. Never rounded up. */
export function formatDuration(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 0.1) return `${(Math.floor(seconds * 100) / 100).toFixed(2)} s`;
  if (seconds < 60) return `${(Math.floor(seconds * 10) / 10).toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** The same without tenths, for a time that nobody is waiting out. */
export function formatSeconds(ms) {
  return formatDuration(Math.floor(ms / 1000) * 1000).replace(/\.0+ s/, " s");
}

/** What a connection that is away does next. */
export function formatRetry({ name, attempts, retryAtMs, isTrying }, nowMs) {
  if (name !== "away") return "";
  if (isTrying) return `Attempt ${attempts} under way`;
  if (retryAtMs === null) return "Not retrying by itself";
  return `Attempt ${attempts + 1} in ${formatDuration(retryAtMs - nowMs)}`;
}

/** A server in one line, from what `/healthz` said at `atMs`; what it did not say is left out. */
export function formatServer({ version, pid, uptime_s: uptimeS, atMs }, nowMs) {
  const upMs = uptimeS * 1000 + nowMs - atMs;
  const up = upMs >= 0 && `up ${formatSeconds(upMs)}`;
  return [version && `v${version}`, pid && `pid ${pid}`, up].filter(Boolean).join(" · ");
}

/** A count with its noun: `1 message`, `1,204 messages`. */
export function formatCount(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** How to show a frame: `kind` is `json`, `text` or `binary`, `note` says what is not in `text`. */
export function describeMessage(data) {
  if (typeof data !== "string") return describeBinary(new Uint8Array(data));
  const indented = indentJson(data);
  const kind = indented === null ? "text" : "json";
  return { kind, ...cut(indented ?? data) };
}

function describeBinary(bytes) {
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES);
  const hex = Array.from(shown, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const text = shown.length < bytes.length ? `${hex} …` : hex;
  return { kind: "binary", text, note: formatCount(bytes.length, "byte") };
}

function cut(text) {
  if (text.length <= MAX_SHOWN_CHARACTERS) return { text, note: "" };
  const hidden = text.length - MAX_SHOWN_CHARACTERS;
  const note = `${formatCount(hidden, "more character")} not shown`;
  return { text: `${text.slice(0, MAX_SHOWN_CHARACTERS)}…`, note };
}

/** Indented JSON, or null when `text` is no object or array: a scalar looks the same as text. */
function indentJson(text) {
  try {
    const value = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    if (bracketDepth(text) > MAX_INDENTED_DEPTH) return text;
    return JSON.stringify(JSON.parse(text, keepNumber), null, 2);
  } catch {
    return null;
  }
}

/** Keeps a number as it was written: a 64-bit id must not be shown rounded. */
function keepNumber(_key, value, context) {
  if (typeof value !== "number" || !context || !JSON.rawJSON) return value;
  return JSON.rawJSON(context.source);
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

/** Shows text as text: a payload is written by anybody and must never become markup. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  setText(node, text);
  return node;
}

function timeElement(date, text) {
  const time = element("time", "time", text);
  time.dateTime = date.toISOString();
  return time;
}

/** The newest 50 events of the connection, oldest first. */
export class Timeline {
  #list;

  constructor(list) {
    this.#list = list;
  }

  /** Adds an event; the node returned holds its text, which may still change. */
  add(tone, text) {
    const entry = element("li", tone, "");
    const now = new Date();
    const what = element("span", "what", text);
    entry.append(timeElement(now, formatClock(now)), what);
    this.#list.append(entry);
    if (this.#list.childElementCount > MAX_TIMELINE) this.#list.firstElementChild.remove();
    this.#list.scrollTop = this.#list.scrollHeight;
    return what;
  }
}

/** The newest 500 messages; older ones are dropped and counted. */
export class MessageLog {
  #view;
  #pending = [];
  #request = 0;
  #received = 0;
  #dropped = 0;

  /** `view` holds the elements `log`, `list`, `count`, `empty`, `clear` and `jump`. */
  constructor(view) {
    this.#view = view;
    view.clear.addEventListener("click", () => this.clear());
    view.jump.addEventListener("click", () => this.#followEnd());
    view.log.addEventListener("scroll", () => this.#isAtEnd() && (view.jump.hidden = true));
  }

  add(data) {
    this.#received += 1;
    this.#queue({ data, date: new Date() });
  }

  /** Marks a time in which nothing could arrive; of no use above the first message. */
  addGap(text) {
    if (this.#received > 0) this.#queue({ gap: text });
  }

  clear() {
    this.#pending = [];
    this.#received = 0;
    this.#dropped = 0;
    this.#view.list.replaceChildren();
    this.#flush();
  }

  #queue(row) {
    this.#pending.push(row);
    if (this.#pending.length > MAX_MESSAGES) this.#countDropped(!this.#pending.shift().gap);
    this.#request ||= requestAnimationFrame(() => this.#flush());
  }

  /** One layout per frame, however many arrive; a hidden tab draws nothing and drops the oldest. */
  #flush() {
    this.#request = 0;
    const { list, jump, empty, clear, count } = this.#view;
    const isFollowing = this.#isAtEnd();
    list.append(...this.#pending.map(rowElement));
    this.#pending = [];
    while (list.childElementCount > MAX_MESSAGES) {
      this.#countDropped(list.firstElementChild.className !== "gap");
      list.firstElementChild.remove();
    }
    empty.hidden = list.childElementCount > 0;
    clear.disabled = !empty.hidden;
    jump.hidden = isFollowing;
    if (isFollowing) this.#followEnd();
    setText(count, this.#countText());
  }

  #countDropped(isMessage) {
    if (isMessage) this.#dropped += 1;
  }

  #countText() {
    if (this.#received === 0) return "";
    const total = formatCount(this.#received, "message");
    return this.#dropped === 0 ? total : `${total}, ${this.#dropped.toLocaleString("en")} dropped`;
  }

  #isAtEnd() {
    const { log } = this.#view;
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
  }

  #followEnd() {
    this.#view.jump.hidden = true;
    this.#view.log.scrollTop = this.#view.log.scrollHeight;
  }
}

function rowElement({ data, gap, date }) {
  if (gap !== undefined) return element("li", "gap", gap);
  const { kind, text, note } = describeMessage(data);
  const body = element("pre", text === "" ? "payload blank" : "payload", text || "empty");
  body.dir = "auto";
  const row = element("li", `message ${kind}`, "");
  row.append(timeElement(date, formatClock(date)), body);
  const tag = [kind === "text" ? "" : kind, note].filter(Boolean).join(", ");
  if (tag) row.append(element("span", "tag", tag));
  return row;
}

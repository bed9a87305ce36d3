/** Times, counts and sizes in words. Nothing here touches the page. */

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
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A whole number: `1,204`. */
export function formatNumber(value) {
  return value.toLocaleString("en");
}

/** A number of something a second: `0`, `0.4`, `38`, `1,204`. */
export function formatRate(value) {
  return value > 0 && value < 10
    ? (Math.round(value * 10) / 10).toLocaleString("en")
    : formatNumber(Math.round(value));
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** A size in binary units: `0 B`, `640 B`, `1.5 KiB`, `12 MiB`. */
export function formatBytes(bytes) {
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  const text = unit === 0 || value >= 10 ? String(Math.floor(value)) : value.toFixed(1);
  return `${text} ${UNITS[unit]}`;
}

/** A short time in milliseconds: `0.2`, `3.4`, `120`. */
export function formatMs(ms) {
  return ms < 10 ? (Math.round(ms * 10) / 10).toFixed(1) : formatNumber(Math.round(ms));
}

const PROTOCOL_WORDS = {
  ...{ centrifuge: "Centrifuge", websocket: "WebSocket", http: "HTTP", sse: "SSE" },
  ...{ json: "JSON", protobuf: "Protobuf" },
};

/** A protocol as `/metrics` names it, in words: `Centrifuge HTTP stream JSON`. */
export function formatProtocol(name) {
  return name.split("_").map((part) => PROTOCOL_WORDS[part] ?? part).join(" ");
}

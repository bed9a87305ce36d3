/** Names of channels, where they are, what to type to reach them, and the views' addresses. */

const MAX_CHANNEL_LENGTH = 255;

/** Why `channel` is not a channel name, or an empty string when it is one. */
export function channelProblem(channel) {
  if (channel === "") return "A channel needs a name.";
  if (channel.length > MAX_CHANNEL_LENGTH) return "A channel name has at most 255 characters.";
  if (!/^[\x21-\x7e]+$/.test(channel)) {
    return "A channel name has only printable ASCII characters and no spaces.";
  }
  if (channel === "." || channel === "..") return "“.” and “..” are not channel names.";
  return "";
}

/** Percent-encodes a channel for a path, safe inside a shell word and a string literal too. */
export function encodeChannel(channel) {
  return encodeURIComponent(channel)
    .replace(/[!'()*~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%3A", ":");
}

/** The path of `channel`, for every protocol but Centrifuge's. */
export function channelPath(channel) {
  return `/channels/${encodeChannel(channel)}`;
}

const VIEWS = ["overview", "channels", "clients"];

/**
 * The view that a hash names, as `{ view, channel }`; the overview for one that names none. The
 * hash is the truth, so that links and the history buttons work. `#channel=…` is what old links have.
 */
export function viewFromHash(hash) {
  const [view = "", ...rest] = hash.replace(/^#?\/?/, "").split("/");
  if (view === "channels" && rest.join("/") !== "") return channelView(rest.join("/"));
  if (view.startsWith("channel=")) return channelView(hash.slice(hash.indexOf("=") + 1));
  return { view: VIEWS.includes(view) ? view : "overview", channel: "" };
}

function channelView(encoded) {
  try {
    const channel = decodeURIComponent(encoded);
    if (channelProblem(channel) === "") return { view: "channel", channel };
  } catch {
    // What cannot be decoded names nothing.
  }
  return { view: "channels", channel: "" };
}

/** The hash of a view. */
export function hashOf(view, channel = "") {
  return view === "channel" ? `#/channels/${encodeChannel(channel)}` : `#/${view}`;
}

/** The address of a WebSocket on the host of `location`. */
export function socketUrl({ protocol, host }, path) {
  return `${protocol === "https:" ? "wss" : "ws"}://${host}${path}`;
}

/** A line for a terminal that publishes to `channel`. */
export function curlCommand({ protocol, host }, channel, needsKey = false) {
  const key = needsKey ? `-H "X-API-Key: $MIDGARD_API_KEY" ` : "";
  return `curl ${key}-d 'hello' ${protocol}//${host}${channelPath(channel)}`;
}

/** Three lines for a browser that join `channel` and publish to it. */
export function browserSnippet(location, channel) {
  return `const ws = new WebSocket("${socketUrl(location, channelPath(channel))}");\n` +
    "ws.onmessage = (e) => console.log(e.data);\n" +
    'ws.onopen = () => ws.send("hello");';
}

/** A line for a terminal that prints what is published on `channel`. */
export function subCommand({ protocol, host }, channel, needsToken = false) {
  const token = needsToken ? "MIDGARD_TOKEN=… " : "";
  const isDefault = `${protocol}//${host}` === "http://127.0.0.1:8000";
  const url = isDefault ? "" : ` --url ${protocol}//${host}`;
  return `${token}midgard sub ${shellWord(channel)}${url}`;
}

/** A text as one word of a POSIX shell. */
function shellWord(text) {
  return /^[\w:./@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

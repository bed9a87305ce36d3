/** The console page: joins a channel, publishes to it, and shows what its connection goes through. */

import {
  browserSnippet,
  channelFromHash,
  channelProblem,
  closeMeaning,
  Connection,
  curlCommand,
  hashOfChannel,
  socketUrl,
} from "./connection.js";
import {
  formatCount,
  formatDuration,
  formatRetry,
  formatSeconds,
  formatServer,
  MessageLog,
  setText,
  Timeline,
} from "./messages.js";

const DEFAULT_CHANNEL = "lobby";
const HEALTH_TIMEOUT_MS = 3_000;
const TICK_MS = 100;
const CALM_TICK_MS = 1_000;
const COPIED_MS = 1_500;
const STATE_WORDS = {
  idle: "Closed",
  connecting: "Connecting",
  connected: "Connected",
  away: "Away",
};

/** Every element with an id, by that id: the page is small and these stay. */
const page = Object.fromEntries(
  [...document.querySelectorAll("[id]")].map((element) => [element.id, element]),
);
const timeline = new Timeline(page["timeline"]);
const log = new MessageLog({
  log: page["messages"],
  list: page["message-list"],
  count: page["message-count"],
  empty: page["empty-state"],
  clear: page["clear-button"],
  jump: page["jump-button"],
});
const connection = new Connection(onConnectionEvent);

let channel = "";
/** What `/healthz` last said about the server connected to, and when. */
let server = null;
let lastPid = null;
/** The timeline's text for the time away that goes on now. */
let awayText = null;

/* Channel */

function join(name) {
  const isSwitch = channel !== "";
  channel = name;
  awayText = null;
  page["channel-input"].value = name;
  document.querySelectorAll("[data-channel]").forEach((node) => setText(node, name));
  setText(page["curl-command"], curlCommand(location, name));
  setText(page["browser-snippet"], browserSnippet(location, name));
  if (isSwitch) timeline.add("plain", `switched to ${name}`);
  log.clear();
  connect();
}

function connect() {
  setText(page["state-detail"], `to ${channel}`);
  setText(page["instance-note"], "");
  connection.open(`${socketUrl(location, channel)}?echo=1&history=0`);
}

/** The address is the truth, so that links and the back button work; a bad one is put right. */
function followHash() {
  const wanted = channelFromHash(location.hash) ?? (channel || DEFAULT_CHANNEL);
  const problem = channelProblem(wanted);
  showChannelProblem(problem);
  const name = problem === "" ? wanted : channel || DEFAULT_CHANNEL;
  if (name !== channel) join(name);
  history.replaceState(null, "", hashOfChannel(name));
}

function showChannelProblem(problem) {
  setText(page["channel-error"], problem);
  page["channel-input"].ariaInvalid = String(problem !== "");
}

function onChannelSubmit(event) {
  event.preventDefault();
  const name = page["channel-input"].value.trim();
  const problem = channelProblem(name);
  showChannelProblem(problem);
  if (problem !== "") page["channel-input"].focus();
  else location.hash = hashOfChannel(name);
}

/* Connection */

function onConnectionEvent(event) {
  if (event.type === "message") return log.add(event.data);
  if (event.type === "opened") return onOpened(event);
  if (event.type === "closed") return onClosed(event);
  if (event.type === "failed") return onFailed(event);
  renderState(event.state);
}

function onOpened({ awayMs, attempts }) {
  const isBack = awayMs !== null;
  const text = isBack ? `back after ${formatDuration(awayMs)}` : `connected to ${channel}`;
  if (awayText) setText(awayText, `away, ${formatCount(attempts, "attempt")}`);
  awayText = null;
  timeline.add("good", text);
  setText(page["state-detail"], isBack ? text : `to ${channel}`);
  if (page["close-code"].textContent) setText(page["state-note"], "");
  setText(page["close-code"], "");
  if (isBack) log.addGap(`away for ${formatDuration(awayMs)}`);
  showServer(isBack);
}

function onClosed(event) {
  const how = event.wasClean ? "closed by server" : "connection lost";
  const what = `${event.code} ${event.reason}`.trimEnd();
  const handshake = event.wasClean ? "Clean closing handshake. " : "";
  setText(page["state-detail"], how);
  setText(page["close-code"], what);
  setText(page["state-note"], handshake + closeMeaning(event));
  setText(page["instance-note"], "");
  server = null;
  timeline.add("bad", `${how} ${what}`);
  awayText = timeline.add("away", "away");
}

function onFailed({ attempts, isTimeout }) {
  const why = isTimeout ? "no answer" : "no connection";
  if (!awayText) setText(page["state-detail"], `${why} to ${location.host}`);
  awayText ??= timeline.add("away", "away");
  setText(awayText, `away, ${formatCount(attempts, "attempt")}, ${why}`);
}

function renderState({ name }) {
  const isConnected = name === "connected";
  const word = STATE_WORDS[name];
  document.documentElement.dataset.state = name;
  document.title = isConnected ? `${channel} · Midgard` : `${word} · ${channel} · Midgard`;
  setText(page["state-word"], word);
  page["retry-button"].hidden = name !== "away";
  page["publish-button"].disabled = !isConnected;
  const hint = "Shift+Enter adds a line";
  setText(page["publish-reason"], isConnected ? hint : `${word}: publishing waits for the server`);
  renderTicks();
}

/** What changes with time alone; outside the status region, or a reader would speak every tick. */
function renderTicks() {
  const { state } = connection;
  const nowMs = performance.now();
  const spanMs = nowMs - (state.sinceMs ?? nowMs);
  const isSteady = state.name === "connected";
  setText(page["state-timer"], isSteady ? formatSeconds(spanMs) : formatDuration(spanMs));
  setText(page["retry-line"], formatRetry(state, nowMs));
  setText(page["server-line"], server ? formatServer(server, nowMs) : "");
}

/* Server */

/** Says who answers now, and whether it is who answered before. A failure shows nothing. */
async function showServer(isBack) {
  const health = await fetchHealth();
  if (!health || connection.state.name !== "connected") return;
  server = { ...health, atMs: performance.now() };
  const { pid } = health;
  if (isBack && pid && lastPid) {
    const note = pid === lastPid ? `same process ${pid}` : `new process ${pid}, was ${lastPid}`;
    setText(page["instance-note"], note);
    timeline.add("plain", note);
  }
  lastPid = pid ?? lastPid;
}

async function fetchHealth() {
  try {
    const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
    const response = await fetch("/healthz", { cache: "no-store", signal });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/* Controls */

function onPublish(event) {
  event.preventDefault();
  const input = page["message-input"];
  if (input.value !== "" && connection.send(input.value)) input.value = "";
}

function onMessageKey(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  onPublish(event);
}

async function onCopy({ currentTarget: button }) {
  const label = button.firstChild;
  const result = await copy(page[button.dataset.copy]) ? "Copied" : "Selected";
  setText(page["copy-result"], result);
  setText(label, result);
  setTimeout(() => setText(label, "Copy"), COPIED_MS);
}

/** The clipboard needs a secure page; elsewhere the text is selected, ready for Ctrl-C. */
async function copy(node) {
  try {
    await navigator.clipboard.writeText(node.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(node);
    return document.execCommand("copy");
  }
}

/** A retry that waits for its time need not when the network, or the reader, is back. */
function retryIfWaiting() {
  const { state } = connection;
  if (state.retryAtMs && !document.hidden) connection.retryNow();
}

page["channel-form"].addEventListener("submit", onChannelSubmit);
page["publish-form"].addEventListener("submit", onPublish);
page["message-input"].addEventListener("keydown", onMessageKey);
page["retry-button"].addEventListener("click", () => connection.retryNow());
document.querySelectorAll("[data-copy]").forEach((node) => node.addEventListener("click", onCopy));
addEventListener("hashchange", followHash);
addEventListener("online", retryIfWaiting);
document.addEventListener("visibilitychange", retryIfWaiting);
// A page kept for the back button may not hold a connection.
addEventListener("pagehide", () => connection.close());
addEventListener("pageshow", ({ persisted }) => persisted && connect());

const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
setInterval(renderTicks, isCalm ? CALM_TICK_MS : TICK_MS);
followHash();

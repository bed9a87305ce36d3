/** At debug level, through every protocol: no line has a payload, a token or a key in it. */
import { assert, assertEquals } from "@std/assert";
import { CentrifugePeer } from "../helpers/centrifuge_peer.ts";
import { WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { forEachMode, Midgard, type RunningMidgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { EVENTS } from "../../server/log.ts";
import { sign } from "../server/auth/signer.ts";

/** Stands in everything that nobody may read in a log. */
const MARK = "0xSECRET";
const SECRET = `${MARK}-token-secret`;
const API_KEY = `${MARK}-api-key`;
const PAYLOAD = `${MARK}-payload`;

/** Whoever has these may do things: their signatures must not be logged, either. */
const TOKENS = {
  good: await sign({ sub: "42", info: { name: `${MARK}-info` } }, { key: SECRET }),
  bad: await sign({ sub: "42" }, { key: `${SECRET}-other` }),
  old: await sign({ sub: "42", exp: 1_000 }, { key: SECRET }),
};

const HTTP: readonly [path: string, init?: RequestInit][] = [
  ...Object.values(TOKENS).flatMap((token): [string, RequestInit?][] => [
    [`/channels/a?token=${token}`],
    ["/channels/a", { method: "POST", body: PAYLOAD, headers: bearer(token) }],
    [`/channels/%20?token=${token}`],
    [`/nothing?token=${token}`, { method: "POST", body: PAYLOAD }],
  ]),
  [`/channels/a?token=${PAYLOAD}&since=${PAYLOAD}`],
  ["/channels/a", { method: "POST", body: `{"${PAYLOAD}`, headers: { ...json(), ...bearer() } }],
  ["/channels/a", { method: "POST", body: PAYLOAD, headers: { "idempotency-key": `${MARK}\xe9` } }],
  ["/channels/a", {
    headers: { authorization: PAYLOAD, "last-event-id": PAYLOAD, origin: PAYLOAD },
  }],
  [`/connection/sse?cf_connect=${PAYLOAD}`],
  ["/connection/http_stream", { method: "POST", body: `{"id":1,"connect":{"token":"${PAYLOAD}` }],
  ["/emulation", { method: "POST", body: `{"session":"${PAYLOAD}` }],
  [`/metrics?api_key=${API_KEY}`],
  [`/metrics?api_key=${API_KEY}x`],
  [`/healthz?api_key=${API_KEY}`],
  ...["publish", "frobnicate", PAYLOAD, "batch"].flatMap((method): [string, RequestInit][] => [
    [`/api/${method}`, {
      method: "POST",
      body: `{"channel":"a","data":"${PAYLOAD}"}`,
      headers: key(),
    }],
    [`/api/${method}`, { method: "POST", body: `{"channel":"${PAYLOAD} "}`, headers: key() }],
    [`/api/${method}`, { method: "POST", body: `{"data":"${PAYLOAD}`, headers: key() }],
    [`/api/${method}?api_key=${API_KEY}x`, { method: "POST", body: PAYLOAD }],
  ]),
];

function bearer(token = TOKENS.good): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}

function json(): Record<string, string> {
  return { "content-type": "application/json" };
}

function key(): Record<string, string> {
  return { "x-api-key": API_KEY };
}

async function talkHttp(port: number): Promise<void> {
  for (const [path, init] of HTTP) {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, init);
    await response.body?.cancel();
  }
}

async function talkPlain(port: number): Promise<void> {
  for (const token of [...Object.values(TOKENS), PAYLOAD]) {
    const path = `/channels/a?token=${token}&history=3`;
    const attempt = await RawPeer.attempt({ port, path });
    if (attempt.kind !== "open") continue;
    using peer = attempt.peer;
    await peer.text(PAYLOAD);
    await peer.text(PAYLOAD.repeat(10_000));
    await peer.closed;
  }
  using reader = new SseReader({
    channel: "a",
    query: `token=${TOKENS.good}`,
    lastEventId: PAYLOAD,
  });
  await reader.read(port);
}

/** What every client says; the last ones end its connection. */
async function talkCentrifuge(port: number): Promise<void> {
  for (const protocol of WIRE_PROTOCOLS) {
    for (const token of [...Object.values(TOKENS), PAYLOAD]) {
      using peer = await CentrifugePeer.open({ port, protocol, connect: { token, data: PAYLOAD } });
      if (peer.connected.kind !== "result") continue;
      for (const data of [PAYLOAD, { text: PAYLOAD }]) {
        await peer.ask("publish", { channel: "a", data });
      }
      await peer.ask("subscribe", { channel: "a", recover: true, offset: 0, epoch: PAYLOAD });
      await peer.ask("subscribe", { channel: "$b", token: PAYLOAD });
      await peer.ask("subscribe", { channel: "$b", token: TOKENS.good });
      await peer.ask("publish", { channel: `${PAYLOAD} `, data: PAYLOAD });
      await peer.ask("history", { channel: "a", limit: 10 });
      await peer.ask("rpc", { method: PAYLOAD, data: PAYLOAD });
      peer.send({ id: 99, refresh: { token: PAYLOAD } });
      await peer.ended;
    }
  }
  using raw = await RawPeer.connect({ port, path: "/connection/websocket" });
  await raw.text(`{"id":1,"connect":{"token":"${TOKENS.good}","data":"${PAYLOAD}`);
  await raw.closed;
}

/** Ends connections with a reason that only the caller of the server API knows. */
async function expel(port: number): Promise<void> {
  const connect = { token: TOKENS.good };
  using peer = await CentrifugePeer.open({ port, protocol: "websocket", connect });
  const body = JSON.stringify({ user: "42", disconnect: { code: 4_500, reason: PAYLOAD } });
  const url = `http://127.0.0.1:${port}/api/disconnect`;
  await (await fetch(url, { method: "POST", body, headers: key() })).text();
  await peer.ended;
}

function assertSilent({ log }: RunningMidgard): void {
  const text = log.toString();
  const signatures = Object.values(TOKENS).map((token) => token.split(".")[2] ?? "");
  const found = [MARK, ...signatures].filter((secret) => text.includes(secret));
  assertEquals(found, [], text.split("\n").filter((line) => line.includes(MARK)).join("\n"));
  assertEquals(log.of("internal_error"), []);
  assertEquals(log.of("request_failed"), []);
  assertEquals(log.invalid, []);
}

const CONFIG = {
  client: { token: { hmac_secret_key: SECRET }, allow_anonymous_connect_without_token: false },
  http_api: { key: API_KEY },
  log: { level: "debug" },
  channel: {
    without_namespace: {
      ...{ history_size: 10, history_ttl: "1h", force_recovery: true },
      ...{ allow_subscribe_for_client: true, allow_publish_for_client: true },
      allow_history_for_client: true,
    },
  },
};

forEachMode("no line of the log has a payload, a token or a key in it", async (mode) => {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(`${cwd}/midgard.json`, JSON.stringify(CONFIG));
  await using server = await Midgard.start({ mode, cwd, args: ["--config", "midgard.json"] });
  const { port } = server;
  await talkHttp(port);
  await talkPlain(port);
  await talkCentrifuge(port);
  await expel(port);
  assertEquals((await server.stop()).code, 0);
  assertSilent(server);
  const debug = Object.entries(EVENTS).filter(([, { level }]) => level === "debug");
  for (const [event] of debug) assert(server.log.of(event).length > 5, `hardly any ${event}`);
  const protocols = new Set(server.log.of("connection_opened").map(({ protocol }) => protocol));
  assertEquals(protocols.size, 5, [...protocols].join(" "));
  const codes = server.log.of("disconnecting").filter(({ code }) => code === 4_500);
  assertEquals(codes.map(({ reason }) => reason), [undefined]);
  await Deno.remove(cwd, { recursive: true });
});

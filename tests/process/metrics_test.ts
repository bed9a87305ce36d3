/** `GET /metrics` says exactly what the test itself has counted. */
import { assert, assertEquals } from "@std/assert";
import { CentrifugePeer } from "../helpers/centrifuge_peer.ts";
import { type WireProtocol } from "../helpers/centrifuge_wire.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { type Scrape, scrape } from "../helpers/prometheus.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { range, waitFor } from "../helpers/wait.ts";

/** The label of each kind of connection, and by which wire the test speaks it. */
const CENTRIFUGE: Readonly<Record<string, WireProtocol>> = {
  centrifuge_websocket_json: "websocket",
  centrifuge_websocket_protobuf: "websocket protobuf",
  centrifuge_http_stream_json: "http_stream",
  centrifuge_sse_json: "sse",
};

const CHANNEL = "metrics-secret-channel";

async function post(port: number, path: string, body: string): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body });
  await response.body?.cancel();
  return response;
}

/** Who hears of everything: two plain, two streams, six clients. */
interface Audience {
  readonly plain: readonly RawPeer[];
  readonly streams: readonly SseReader[];
  readonly clients: readonly { readonly label: string; readonly peer: CentrifugePeer }[];
}

async function gather(port: number, held: DisposableStack): Promise<Audience> {
  const path = `/channels/${CHANNEL}`;
  const plain = await Promise.all(range(2).map(() => RawPeer.connect({ port, path })));
  for (const peer of plain) held.use(peer);
  const streams = range(2).map(() => held.use(new SseReader({ channel: CHANNEL })));
  for (const stream of streams) void stream.read(port);
  for (const each of streams) await each.until(({ hasBegun }) => hasBegun, { what: "a stream" });
  const kinds = Object.entries(CENTRIFUGE);
  const clients = [];
  for (const [label, protocol] of [...kinds, ...kinds].slice(0, 6)) {
    const peer = held.use(await CentrifugePeer.open({ port, protocol, connect: {} }));
    assertEquals((await peer.ask("subscribe", { channel: CHANNEL })).kind, "result");
    clients.push({ label, peer });
  }
  return { plain, streams, clients };
}

const WAYS = { websocket: 400, http: 100, api: 300, centrifuge_websocket_json: 200 };

/** 1 000 publications, so many by each way. */
async function publish(port: number, publisher: RawPeer, client: CentrifugePeer): Promise<void> {
  for (const index of range(WAYS.websocket)) await publisher.text(`plain ${index}`);
  await Promise.all(
    range(WAYS.http).map((index) => post(port, `/channels/${CHANNEL}`, `http ${index}`)),
  );
  const data = range(WAYS.api).map((index) => ({ publish: { channel: CHANNEL, data: index } }));
  await post(port, "/api/batch", JSON.stringify({ commands: data }));
  await Promise.all(
    range(WAYS.centrifuge_websocket_json).map((index) =>
      client.ask("publish", { channel: CHANNEL, data: { index } })
    ),
  );
}

async function untilHeard({ plain, streams, clients }: Audience): Promise<void> {
  for (const peer of plain) {
    await peer.until(({ messageCount }) => messageCount === 1_000, { what: "1 000 messages" });
  }
  for (const each of streams) {
    await each.until(({ events }) => events.length === 1_000, { what: "1 000 events" });
  }
  for (const { peer } of clients) await peer.until("pub", CHANNEL, 1_000);
}

/** The plain publisher is sent what others publish, and nothing of its own. */
const OTHERS = 1_000 - WAYS.websocket;

function assertDeliveries(told: Scrape, { clients }: Audience): void {
  const stored = (protocol: string) =>
    told.value("midgard_publications_total", { protocol, outcome: "stored" });
  for (const [way, count] of Object.entries(WAYS)) assertEquals(stored(way), count, way);
  assertEquals(told.value("midgard_publications_total"), 1_000);
  const deliveries = (protocol: string) => told.value("midgard_deliveries_total", { protocol });
  assertEquals([deliveries("websocket"), deliveries("sse")], [2_000 + OTHERS, 2_000]);
  for (const kind of Object.keys(CENTRIFUGE)) {
    const count = clients.filter(({ label }) => label === kind).length;
    assertEquals(deliveries(kind), count * 1_000, kind);
  }
  assertEquals(told.value("midgard_deliveries_total"), 10_000 + OTHERS);
}

/** The frames of plain sockets, and the bytes in them. */
function assertFrames(told: Scrape, peers: readonly RawPeer[]): void {
  const labels = { protocol: "websocket" };
  const frames = peers.flatMap(({ messages }) => messages);
  const bytes = frames.reduce((sum, { payload }) => sum + payload.length, 0);
  assertEquals(told.value("midgard_frames_sent_total", labels), frames.length);
  assertEquals(told.value("midgard_sent_bytes_total", labels), bytes);
  const received = range(WAYS.websocket).map((index) => `plain ${index}`);
  assertEquals(told.value("midgard_frames_received_total", labels), received.length);
  assertEquals(told.value("midgard_received_bytes_total", labels), received.join("").length);
}

function assertGauges(told: Scrape): void {
  const all = {
    midgard_connections: 12,
    midgard_connection_descriptors: 12,
    midgard_connection_limit: 10_000,
    midgard_clients: 7,
    midgard_users: 1,
    midgard_channels: 1,
    midgard_subscriptions: 11,
    midgard_history_channels: 1,
  };
  for (const [name, value] of Object.entries(all)) assertEquals(told.value(name), value, name);
  const queued = (queue: string) => told.value("midgard_queued_bytes", { queue });
  assertEquals([queued("storing"), queued("handing_out")], [0, 0]);
}

function assertCalls(told: Scrape): void {
  const command = (method: string) => told.value("midgard_commands_total", { method });
  assertEquals(["connect", "subscribe", "publish"].map(command), [7, 6, 200]);
  assertEquals(told.value("midgard_api_calls_total", { method: "publish" }), WAYS.api);
  const commits = told.value("midgard_history_commit_seconds_count");
  assert(commits >= 1 && commits <= 1_000, `${commits} commits`);
}

forEachMode("metrics count 1 000 publications to 10 subscribers exactly", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  using held = new DisposableStack();
  const before = await scrape(port);
  const audience = await gather(port, held);
  const publisher = held.use(await RawPeer.connect({ port, path: `/channels/${CHANNEL}` }));
  const client = held.use(await CentrifugePeer.open({ port, protocol: "websocket", connect: {} }));
  await publish(port, publisher, client);
  await untilHeard(audience);
  await publisher.until(({ messageCount }) => messageCount === OTHERS, { what: "the others'" });
  const after = await scrape(port);
  assertEquals(after.decreasedSince(before), []);
  assertDeliveries(after, audience);
  assertFrames(after, [...audience.plain, publisher]);
  assertGauges(after);
  assertCalls(after);
  assertEquals([...after.all.keys()].filter((key) => key.includes(CHANNEL)), []);

  held.dispose();
  // The test's own fetch keeps the connections of client streams, the server does not.
  const sockets = ["websocket", "sse", "centrifuge_websocket_json"];
  const left = async (protocol: string) =>
    (await scrape(port)).value("midgard_connections", { protocol });
  for (const protocol of sockets) {
    await waitFor(async () => await left(protocol) === 0, { what: `no ${protocol} connection` });
  }
  const end = await scrape(port);
  const opened = sockets.map((protocol) =>
    end.value("midgard_connections_opened_total", { protocol })
  );
  const closed = sockets.map((protocol) =>
    end.value("midgard_connections_closed_total", { protocol })
  );
  assertEquals([opened, closed], [[3, 2, 3], [3, 2, 3]]);
  assertEquals(end.decreasedSince(after), []);
  assertEquals((await server.stop()).code, 0);
});

forEachMode(
  "metrics are told while the server drains, and say for how long it does",
  async (mode) => {
    const args = ["--drain-delay", "2s", "--data", "memory"];
    await using server = await Midgard.start({ mode, args });
    const ready = await scrape(server.port);
    assertEquals(ready.value("midgard_state", { state: "ready" }), 1);
    server.signal("SIGTERM");
    await server.log.next("draining");
    const first = await scrape(server.port);
    const second = await scrape(server.port);
    assertEquals(second.value("midgard_state", { state: "draining" }), 1);
    assertEquals(second.value("midgard_state"), 1);
    const [early, late] = [first, second].map((told) => told.value("midgard_stop_elapsed_seconds"));
    assert(early! > 0 && late! > early!, `${early} s, then ${late} s`);
    assertEquals((await server.exit()).code, 0);
  },
);

forEachMode("metrics are for those who may use the server API", async (mode) => {
  const env = { MIDGARD_API_KEY: "the-key-of-the-metrics-tests", MIDGARD_TOKEN_SECRET: "secret" };
  await using server = await Midgard.start({ mode, env, args: ["--no-anonymous"] });
  const url = `http://127.0.0.1:${server.port}/metrics`;
  const status = async (headers: Record<string, string>, query = "") => {
    const answer = await fetch(url + query, { headers });
    await answer.body?.cancel();
    return answer.status;
  };
  const key = env.MIDGARD_API_KEY;
  assertEquals([await status({}), await status({ "x-api-key": "wrong" })], [401, 401]);
  const ways = [
    await status({ "x-api-key": key }),
    await status({ authorization: `apikey ${key}` }),
    await status({}, `?api_key=${key}`),
  ];
  assertEquals(ways, [200, 200, 200]);
  const answer = await fetch(url, { headers: { "x-api-key": key } });
  assertEquals(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  assert(!(await answer.text()).includes(key));
  assertEquals((await server.stop()).code, 0);
});

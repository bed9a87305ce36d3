/** `GET /metrics` counts whatever goes wrong by its code, each code as often as the test caused it. */
import { assert, assertEquals } from "@std/assert";
import { CentrifugePeer } from "../helpers/centrifuge_peer.ts";
import { type WireProtocol } from "../helpers/centrifuge_wire.ts";
import { waitFor } from "../helpers/wait.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { scrape } from "../helpers/prometheus.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { SseReader } from "../helpers/sse_reader.ts";

async function post(port: number, path: string, body: string): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body });
  await response.body?.cancel();
  return response;
}

async function closedCleanly(port: number): Promise<number | undefined> {
  return (await scrape(port)).value("midgard_connections_closed_total", { outcome: "clean" });
}

forEachMode("metrics count each Close that the server sends, by its code", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  const large = "x".repeat(70_000);
  using plain = await RawPeer.connect({ port, path: "/channels/a" });
  await plain.text(large);
  await plain.closed;
  const expel = async (protocol: WireProtocol, act: (peer: CentrifugePeer) => unknown) => {
    const peer = await CentrifugePeer.open({ port, protocol, connect: {} });
    await act(peer);
    return `${(await peer.ended).code}`;
  };
  const disconnect = (client: unknown, how?: object) =>
    post(port, "/api/disconnect", JSON.stringify({ user: "", client, disconnect: how }));
  const seen = [
    String(plain.closeFrames[0]?.code),
    await expel(
      "websocket",
      (peer) => peer.send({ id: 2, publish: { channel: "a", data: large } }),
    ),
    await expel("websocket", (peer) => peer.send({ id: 2, connect: {} })),
    await expel("http_stream", (peer) => peer.send({ id: 2, connect: {} })),
    await expel("sse", (peer) => peer.send({ send: { data: 1 } })),
    await expel("websocket protobuf", (peer) => disconnect(peer.result["client"])),
    await expel(
      "websocket",
      (peer) => disconnect(peer.result["client"], { code: 4_321, reason: "x" }),
    ),
  ];
  assertEquals(seen, ["1009", "1009", "3501", "3501", "3508", "3503", "4321"]);
  const told = await scrape(port);
  const count = (code: string) => told.value("midgard_disconnects_total", { code });
  assertEquals(["1009", "3501", "3508", "3503", "other"].map(count), [2, 2, 1, 1, 1]);
  assertEquals(told.value("midgard_disconnects_total"), seen.length);
  // The server hears the answer to its last Close a moment after that was given.
  await waitFor(async () => await closedCleanly(port) === seen.length, {
    what: "every closing handshake to be counted as clean",
  });
  assertEquals((await server.stop()).code, 0);
});

forEachMode("metrics count each refusal by the code in its answer", async (mode) => {
  await using server = await Midgard.start({ mode });
  const origin = `http://127.0.0.1:${server.port}`;
  const requests: readonly [path: string, init?: RequestInit][] = [
    ["/nothing"],
    ["/channels/%20"],
    ["/channels/a?limit=0"],
    ["/channels/a?since=x", { headers: { accept: "text/event-stream" } }],
    ["/channels/a", { method: "DELETE" }],
    ["/channels/a", { method: "POST", body: "x".repeat(70_000) }],
    ["/channels/a", { method: "POST", body: "{", headers: { "content-type": "application/json" } }],
    ["/channels/a", { headers: { origin: "https://evil.example" } }],
    ["/channels/a", { headers: { "last-event-id": "x", accept: "text/event-stream" } }],
    ["/connection/websocket"],
    ["/connection/sse"],
    ["/emulation", { method: "POST", body: "x" }],
    ["/api/frobnicate", { method: "POST", body: "{}" }],
    ["/metrics", { method: "POST" }],
    ["/nothing", { method: "POST" }],
  ];
  const seen = new Map<string, number>();
  for (const [path, init] of requests) {
    const answer = await fetch(`${origin}${path}`, init);
    const { error } = await answer.json();
    const key = `${answer.status} ${error.code}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const handshake = await RawPeer.attempt({ port: server.port, path: "/channels/%20" });
  assertEquals(handshake.kind, "refused");
  seen.set("400 bad_channel", (seen.get("400 bad_channel") ?? 0) + 1);
  const told = await scrape(server.port);
  const samples = told.families.get("midgard_refusals_total")?.samples ?? [];
  const counted = samples.filter(({ value }) => value > 0)
    .map(({ labels, value }) => [`${labels["status"]} ${labels["reason"]}`, value] as const);
  assertEquals(new Map(counted.toSorted()), new Map([...seen].toSorted()));
  assert(counted.length >= 10, "too few kinds of refusals to prove anything");
  assertEquals(told.value("midgard_http_responses_total", { status: "405" }), 2);
  assertEquals((await server.stop()).code, 0);
});

forEachMode(
  "metrics count commands, calls and publications that fail, by their code",
  async (mode) => {
    await using server = await Midgard.start({ mode });
    const { port } = server;
    using peer = await CentrifugePeer.open({ port, protocol: "websocket", connect: {} });
    await peer.ask("subscribe", { channel: "a" });
    assertEquals(await peer.ask("subscribe", { channel: "a" }), {
      ...{ kind: "error", code: 105, message: "already subscribed" },
    });
    await peer.ask("subscribe", { channel: "bad name" });
    await peer.ask("rpc", { method: "x" });
    const key = { channel: "a", data: 1, idempotency_key: "k" };
    for (const body of [key, key, { ...key, data: 2 }, { channel: "bad name", data: 1 }]) {
      await post(port, "/api/publish", JSON.stringify(body));
    }
    const told = await scrape(port);
    const error = (method: string, code: string) =>
      told.find("midgard_command_errors_total", { method, code });
    assertEquals([error("subscribe", "105"), error("subscribe", "107"), error("rpc", "108")], [
      1,
      1,
      1,
    ]);
    assertEquals(told.value("midgard_command_errors_total"), 3);
    const outcome = (outcome: string) =>
      told.value("midgard_publications_total", { protocol: "api", outcome });
    assertEquals(["stored", "repeated", "conflict", "stale"].map(outcome), [1, 1, 1, 0]);
    const apiError = (code: string) =>
      told.value("midgard_api_errors_total", { method: "publish", code });
    assertEquals([apiError("113"), apiError("107")], [1, 1]);
    assertEquals((await server.stop()).code, 0);
  },
);

forEachMode("metrics count who came back and went on, and who had lost its place", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  for (const body of ["one", "two", "three"]) await post(port, "/channels/a", body);
  const page = await (await fetch(`http://127.0.0.1:${port}/channels/a`)).json();
  for (const lastEventId of [`${page.epoch}:1`, `${page.epoch}:2`, "0badf00d:1"]) {
    using reader = new SseReader({ channel: "a", lastEventId });
    void reader.read(port);
    await reader.until(({ hasBegun }) => hasBegun, { what: "the stream" });
  }
  using peer = await CentrifugePeer.open({ port, protocol: "websocket", connect: {} });
  for (const epoch of [page.epoch, "0badf00d"]) {
    const position = { recover: true, epoch, offset: 1 };
    await peer.ask("subscribe", { channel: "a", recoverable: true, ...position });
    await peer.ask("unsubscribe", { channel: "a" });
  }
  const told = await scrape(port);
  const count = (protocol: string, outcome: string) =>
    told.value("midgard_recoveries_total", { protocol, outcome });
  assertEquals([count("sse", "recovered"), count("sse", "lost")], [2, 1]);
  const protocol = "centrifuge_websocket_json";
  assertEquals([count(protocol, "recovered"), count(protocol, "lost")], [1, 1]);
  // Two that were recovered in the reply to subscribe, and 2 + 1 events.
  assertEquals(told.value("midgard_deliveries_total", { protocol }), 2);
  assertEquals(told.value("midgard_deliveries_total", { protocol: "sse" }), 3);
  assertEquals((await server.stop()).code, 0);
});

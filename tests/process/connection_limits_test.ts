/** Limits on connections hold over every protocol, and a place is free when its connection is gone. */
import { assert, assertEquals } from "@std/assert";
import { Configured } from "../helpers/configured.ts";
import { handshakeText } from "../helpers/handshake.ts";
import type { HttpHead } from "../helpers/http.ts";
import { HttpExchange, requestText } from "../helpers/http.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { scrape } from "../helpers/prometheus.ts";
import { RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import { range, waitFor } from "../helpers/wait.ts";

type Fields = Readonly<Record<string, string>>;

const CONNECT = JSON.stringify({ id: 1, connect: {} });

/** Every way to take up a connection. */
const WAYS: Readonly<Record<string, (headers: Fields) => string>> = {
  plain: (headers) => handshakeText({ path: "/channels/a", headers }),
  centrifuge: (headers) => handshakeText({ path: "/connection/websocket", headers }),
  http_stream: (headers) =>
    requestText("POST /connection/http_stream", headers, { body: `${CONNECT}\n` }),
  sse: (headers) =>
    requestText(`GET /connection/sse?cf_connect=${encodeURIComponent(CONNECT)}`, headers),
  events: (headers) => requestText("GET /channels/a", { ...headers, Accept: "text/event-stream" }),
};

/** One connection, or its refusal. */
class Visitor implements Disposable {
  readonly #exchange: HttpExchange;

  private constructor(exchange: HttpExchange, readonly head: HttpHead | undefined) {
    this.#exchange = exchange;
  }

  static async come(port: number, way: string, headers: Fields): Promise<Visitor> {
    const exchange = await HttpExchange.open(port);
    await exchange.write(WAYS[way]!(headers));
    return new Visitor(exchange, await exchange.head());
  }

  /** `in`, or the status and how long to stay away. */
  get outcome(): string {
    const { status = 0, headers } = this.head ?? {};
    return status === 101 || status === 200 ? "in" : `${status} ${headers?.get("retry-after")}`;
  }

  [Symbol.dispose](): void {
    this.#exchange[Symbol.dispose]();
  }
}

function site(mode: "source" | "compiled", client: Readonly<Record<string, unknown>>) {
  return Configured.start(mode, file(client));
}

function file(client: Readonly<Record<string, unknown>>) {
  return { client: { trusted_proxies: ["127.0.0.1"], user_id_http_header: "X-User", ...client } };
}

/** Tries until there is room. */
async function comesIn(port: number, way: string, headers: Fields): Promise<void> {
  await waitFor(async () => {
    using visitor = await Visitor.come(port, way, headers);
    return visitor.outcome === "in";
  }, { what: `room for ${way}` });
}

forEachMode("an address has so many connections, of whatever protocol", async (mode) => {
  await using server = await site(mode, { address_connection_limit: Object.keys(WAYS).length });
  const { port } = server.server;
  const from = (address: string) => ({ "X-Forwarded-For": address });
  const inside: Visitor[] = [];
  for (const [index, way] of Object.keys(WAYS).entries()) {
    const address = `2001:db8:0:7:${index}::1`;
    inside.push(await Visitor.come(port, way, from(address)));
    assertEquals(inside.at(-1)?.outcome, "in", way);
  }
  for (const way of Object.keys(WAYS)) {
    using refused = await Visitor.come(port, way, from("2001:db8:0:7::"));
    assertEquals(refused.outcome, "429 10", way);
    using other = await Visitor.come(port, way, from("2001:db8:0:8::"));
    assertEquals(other.outcome, "in", way);
  }
  const told = await scrape(port);
  const count = told.value("midgard_refusals_total", { status: "429", reason: "address_limit" });
  assertEquals(count, Object.keys(WAYS).length);
  for (const [index, way] of Object.keys(WAYS).entries()) {
    inside[index]?.[Symbol.dispose]();
    await comesIn(port, way, from("2001:db8:0:7::"));
  }
  assertEquals((await server.server.stop()).code, 0);
});

forEachMode("a user has so many connections, of whatever protocol", async (mode) => {
  await using server = await site(mode, { user_connection_limit: 2 });
  const { port } = server.server;
  const headers = { "X-User": "42" };
  using plain = await Visitor.come(port, "plain", headers);
  using events = await Visitor.come(port, "events", headers);
  assertEquals([plain.outcome, events.outcome], ["in", "in"]);
  for (const way of ["plain", "events"]) {
    using refused = await Visitor.come(port, way, headers);
    assertEquals(refused.outcome, "429 10", way);
  }
  using third = await RawCentrifugePeer.open({ port, headers });
  await third.send({ connect: {} });
  await third.raw.closed;
  const [close] = third.raw.closeFrames;
  assertEquals([close?.code, close?.reason], [3504, "connection limit"]);
  using anonymous = await RawCentrifugePeer.open({ port });
  await anonymous.connect();
  plain[Symbol.dispose]();
  await waitFor(async () => {
    using peer = await RawCentrifugePeer.open({ port, headers });
    await peer.send({ connect: {} });
    await peer.raw.until(({ messageCount, closeFrames }) => messageCount + closeFrames.length > 0, {
      what: "an answer",
    });
    return peer.raw.messageCount > 0;
  }, { what: "a client of the user to get in" });
  assertEquals((await server.server.stop()).code, 0);
});

forEachMode("connections come at a rate, which a reload changes", async (mode) => {
  await using server = await site(mode, { connection_rate_limit: 3 });
  const { port } = server.server;
  const outcomes: string[] = [];
  for (const _ of range(12)) {
    using visitor = await Visitor.come(port, "centrifuge", {});
    outcomes.push(visitor.outcome);
  }
  assertEquals(outcomes.slice(0, 3), ["in", "in", "in"]);
  assert(outcomes.filter((outcome) => outcome === "429 1").length >= 5, outcomes.join());
  await comesIn(port, "sse", {});
  await server.reload(file({}));
  for (const _ of range(12)) {
    using visitor = await Visitor.come(port, "centrifuge", {});
    assertEquals(visitor.outcome, "in");
  }
  await server.reload(file({ address_connection_limit: 1 }));
  await comesIn(port, "plain", { "X-Forwarded-For": "192.0.2.7" });
  using held = await waitFor(async () => {
    const visitor = await Visitor.come(port, "plain", { "X-Forwarded-For": "192.0.2.7" });
    if (visitor.outcome === "in") return visitor;
    visitor[Symbol.dispose]();
  }, { what: "the one that may be in" });
  using refused = await Visitor.come(port, "plain", { "X-Forwarded-For": "192.0.2.7" });
  assertEquals([held.outcome, refused.outcome], ["in", "429 10"]);
  assertEquals((await server.server.stop()).code, 0);
});

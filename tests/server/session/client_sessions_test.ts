import { assertEquals, assertMatch } from "@std/assert";
import { InFlight } from "../../../lifecycle/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { handedOut, publish } from "../hub/recorder.ts";
import type { Message } from "./client_room.ts";
import { ClientRoom } from "./client_room.ts";
import { UNCOUNTED } from "../settings.ts";

const SHUTDOWN = { push: { disconnect: { code: 3001, reason: "shutdown" } } };

/** A client that reads a stream and sends its commands beside it. */
class StreamPeer {
  readonly #room: ClientRoom;
  readonly #answer = Promise.withResolvers<void>();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #text = "";

  constructor(room: ClientRoom, connect: object = {}, kind: "http_stream" | "sse" = "http_stream") {
    this.#room = room;
    const commands = JSON.stringify({ id: 1, connect });
    const flight = new InFlight().track(this.#answer.promise);
    const own = { codec: CENTRIFUGE_JSON, trustedUser: "", place: UNCOUNTED } as const;
    const request = { ...own, commands, flight, kind };
    this.#reader = room.sessions.openStream(request).getReader();
    void this.#readAll();
  }

  /** The session that the connect reply named. */
  session = "";

  /** The messages that have come since the last time. */
  async news(): Promise<Message[]> {
    await handedOut();
    const lines = this.#text.split("\n").filter((line) => line !== "");
    this.#text = "";
    const messages = lines.map((line) => JSON.parse(line.replace(/^data: /, "")));
    for (const { connect } of messages) this.session = connect?.session ?? this.session;
    return messages;
  }

  send(...commands: readonly object[]): void {
    const lines = commands.map((command, index) => JSON.stringify({ id: index + 10, ...command }));
    this.#room.sessions.emulate(this.session, lines.join("\n"));
  }

  /** The whole answer is out. */
  async end(): Promise<void> {
    this.#answer.resolve();
    await handedOut();
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #readAll(): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      this.#text += decoder.decode(value);
    }
  }
}

for (const kind of ["http_stream", "sse"] as const) {
  Deno.test(`ClientSessions.openStream answers over ${kind} the commands that came with it`, async () => {
    using room = new ClientRoom();
    const peer = new StreamPeer(room, {}, kind);
    const [{ connect }] = await peer.news();
    const { client, session, ...about } = connect;
    assertEquals(about, { version: "Midgard test", ping: 25, pong: true, node: "node" });
    assertEquals([client, room.sessions.hasStream(session)], [room.client.id, true]);
    assertMatch(session, /^[-0-9a-f]{36}$/);
    await peer.end();
  });
}

Deno.test("ClientSessions.emulate carries out what is sent beside a stream, answers go down it", async () => {
  using room = new ClientRoom();
  const peer = new StreamPeer(room);
  await peer.news();
  peer.send({ subscribe: { channel: "a" } }, { presence_stats: { channel: "a" } });
  assertEquals((await peer.news()).map(({ id }) => id), [11, 10]);
  await publish(room.hub, "a", [1]);
  assertEquals(await peer.news(), [{ push: { channel: "a", pub: { data: "1", offset: 1 } } }]);
  assertEquals(room.registry.counts.received, 2);
  await peer.end();
});

Deno.test("ClientSessions.emulate does nothing for a stream that there is none of", () => {
  using room = new ClientRoom();
  room.sessions.emulate("nowhere", '{"id":1,"connect":{}}');
  assertEquals([room.sessions.hasStream("nowhere"), room.registry.size], [false, 0]);
});

Deno.test("ClientSessions forgets a stream whose answer is out, and its client", async () => {
  using room = new ClientRoom();
  const peer = new StreamPeer(room);
  await peer.news();
  peer.send({ subscribe: { channel: "a" } });
  await handedOut();
  assertEquals([room.registry.size, room.registry.descriptors, room.present()], [1, 1, 1]);
  room.registry.beginDrain(room);
  await peer.end();
  assertEquals([room.registry.size, room.registry.descriptors, room.present()], [0, 0, 0]);
  assertEquals([room.outcomes, room.sessions.hasStream(peer.session)], [["clean"], false]);
  assertEquals(room.wheel.size, 0);
});

Deno.test("ClientSessions forgets a stream whose reader has gone", async () => {
  using room = new ClientRoom();
  const peer = new StreamPeer(room);
  await peer.news();
  room.registry.beginDrain(room);
  await peer.cancel();
  assertEquals([room.outcomes, room.sessions.hasStream(peer.session)], [["terminated"], false]);
  peer.send({ publish: { channel: "a", data: 1 } });
  await handedOut();
  assertEquals(room.log.batches, []);
});

Deno.test("ClientSessions ends a stream with the reason, behind all that was published before", async () => {
  using room = new ClientRoom();
  const peer = new StreamPeer(room);
  await peer.news();
  peer.send({ subscribe: { channel: "a" } });
  await peer.news();
  peer.send({ publish: { channel: "a", data: 1 } });
  room.drain("flush");
  const news = await peer.news();
  assertEquals([news.length, news.at(-1)], [3, SHUTDOWN]);
  await peer.end();
  assertEquals(room.outcomes, ["clean"]);
});

Deno.test("ClientSessions takes what is sent beside a stream that is being closed", async () => {
  using room = new ClientRoom();
  const peer = new StreamPeer(room);
  await peer.news();
  room.drain("hurry");
  assertEquals(room.sessions.hasStream(peer.session), true);
  peer.send({ publish: { channel: "a", data: 1 } });
  assertEquals(await peer.news(), [SHUTDOWN]);
  assertEquals(room.log.batches.flat().length, 1);
  await peer.end();
  assertEquals(room.errors, []);
});

Deno.test("ClientSessions sends nothing down a stream that was closed while it connected", async () => {
  using room = new ClientRoom();
  const read = Promise.withResolvers<void>();
  const tops = room.log.tops.bind(room.log);
  room.log.tops = async (channels) => {
    await read.promise;
    return await tops(channels);
  };
  const peer = new StreamPeer(room, { token: room.verifier.connectionTo({ a: {} }) });
  await peer.news();
  room.drain("hurry");
  read.resolve();
  assertEquals(await peer.news(), [SHUTDOWN]);
  await peer.end();
  assertEquals([room.errors, room.outcomes], [[], ["clean"]]);
});

Deno.test("ClientSessions ends a stream with 3501 when what is sent beside it is malformed", async () => {
  using room = new ClientRoom();
  const peer = new StreamPeer(room);
  await peer.news();
  room.sessions.emulate(peer.session, "rubbish");
  const [{ push: { disconnect } }] = await peer.news();
  assertEquals(disconnect, { code: 3501, reason: "bad request" });
  await peer.end();
});

import { assertEquals } from "@std/assert";
import type { CloseOutcome, DrainableConnection, DrainObserver } from "../../lifecycle/mod.ts";
import { Deadline, Drain, Lifecycle, Listener, OpenSockets } from "../../lifecycle/mod.ts";
import { textOf } from "../helpers/frames.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, within } from "../helpers/wait.ts";
import { FakeClock } from "./fake_clock.ts";
import { SocketServer } from "./socket_server.ts";

function serverOf(sockets: OpenSockets): SocketServer {
  return new SocketServer((socket) => sockets.add(socket));
}

function drain(sockets: OpenSockets, budgetMs = 5_000): Promise<unknown> {
  const deadline = new Deadline(budgetMs);
  return new Drain({ windowMs: 0, deadline, flushDeadline: deadline }).run(sockets);
}

/** Writes down what it is told. */
class Notes implements DrainObserver {
  readonly joinedConnections: DrainableConnection[] = [];
  readonly outcomes: CloseOutcome[] = [];

  joined(connection: DrainableConnection): void {
    this.joinedConnections.push(connection);
  }

  left(_connection: DrainableConnection, outcome: CloseOutcome): void {
    this.outcomes.push(outcome);
  }
}

Deno.test("OpenSockets counts sockets from their open to their close", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  const [one, two] = [await server.connect(), await server.connect()];
  assertEquals(sockets.size, 2);
  one.peer.close(1000);
  await one.closed;
  assertEquals(sockets.size, 1);
  two.peer.close(1000);
  await two.closed;
  assertEquals(sockets.size, 0);
});

Deno.test("OpenSockets closes every socket with 1001 server stopping", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  const pairs = await Promise.all([server.connect()]);
  for (let more = 0; more < 9; more++) pairs.push(await server.connect());
  assertEquals(await drain(sockets), { clients: 10, closedCleanly: 10, terminated: 0 });
  for (const { peer } of pairs) {
    await peer.closed;
    assertEquals(peer.closeFrames.map(({ code, reason }) => [code, reason]), [
      [1001, "server stopping"],
    ]);
  }
  assertEquals(sockets.size, 0);
});

Deno.test("OpenSockets closes with the code and reason it was made with", async () => {
  const sockets = new OpenSockets({ code: 4321, reason: "see you" });
  await using server = serverOf(sockets);
  const { peer } = await server.connect();
  await drain(sockets);
  await peer.closed;
  assertEquals(peer.closeFrames.map(({ code, reason }) => [code, reason]), [[4321, "see you"]]);
});

Deno.test("OpenSockets loses nothing that a peer sends before it sees our Close", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  const { peer, received } = await server.connect({ closeReply: { kind: "never" } });
  const draining = drain(sockets);
  for (const number of range(50)) await peer.text(`message ${number}`);
  await peer.close(1001);
  await draining;
  assertEquals(received.length, 50);
});

Deno.test("OpenSockets tells the observer of a socket that opens during the drain", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  const notes = new Notes();
  assertEquals(sockets.beginDrain(notes), []);
  const { closed } = await server.connect();
  assertEquals(notes.joinedConnections.length, 1);
  notes.joinedConnections[0]?.close("flush");
  await closed;
  assertEquals(notes.outcomes, ["clean"]);
});

for (const closeTimeoutMs of [undefined, 40]) {
  const timeout = closeTimeoutMs === undefined ? "3 s by default" : "the close timeout";
  Deno.test(`OpenSockets gives a silent peer up after ${timeout}`, async () => {
    const sockets = new OpenSockets(closeTimeoutMs === undefined ? {} : { closeTimeoutMs });
    await using server = serverOf(sockets);
    using peer = (await server.connect({ closeReply: { kind: "never" } })).peer;
    const notes = new Notes();
    using clock = new FakeClock();
    for (const connection of sockets.beginDrain(notes)) connection.close("flush");
    await clock.advance((closeTimeoutMs ?? 3_000) - 1);
    assertEquals([notes.outcomes, sockets.size], [[], 1]);
    await clock.advance(1);
    assertEquals([notes.outcomes, sockets.size], [["terminated"], 0]);
    assertEquals(peer.ending, undefined);
  });
}

Deno.test("OpenSockets tells of a peer that was given up once, also when it goes later", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  const { peer, closed } = await server.connect({ closeReply: { kind: "never" } });
  const notes = new Notes();
  for (const connection of sockets.beginDrain(notes)) {
    connection.close("flush");
    connection.giveUp();
  }
  await peer.text("too late");
  await within(closed, { what: "the close event" });
  assertEquals(notes.outcomes, ["terminated"]);
});

Deno.test("OpenSockets leaves no timer behind when everyone has answered", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  await server.connect();
  using clock = new FakeClock();
  await drain(sockets);
  assertEquals(clock.pending, 0);
});

Deno.test("OpenSockets tells of a connection that is given up before giveUp returns", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  const { peer } = await server.connect({ closeReply: { kind: "never" } });
  const notes = new Notes();
  const [connection] = sockets.beginDrain(notes);
  connection?.close("flush");
  connection?.giveUp();
  assertEquals(notes.outcomes, ["terminated"]);
  peer.abort();
});

Deno.test("OpenSockets closes a connection that has gone without complaint", async () => {
  const sockets = new OpenSockets();
  await using server = serverOf(sockets);
  const { peer, closed } = await server.connect();
  const notes = new Notes();
  const [connection] = sockets.beginDrain(notes);
  peer.close(1000);
  await closed;
  using clock = new FakeClock();
  connection?.close("flush");
  assertEquals([notes.outcomes, clock.pending], [["clean"], 0]);
});

Deno.test("Lifecycle, Listener and OpenSockets stop a plain Deno.serve program without losing a message", async () => {
  const sockets = new OpenSockets();
  const received: string[] = [];
  const listener = new Listener(
    (signal, port) =>
      Deno.serve({ hostname: "127.0.0.1", port, signal, onListen: () => {} }, (request) => {
        const { socket, response } = Deno.upgradeWebSocket(request);
        socket.onmessage = ({ data }) => received.push(data);
        socket.onopen = () => socket.send("welcome");
        sockets.add(socket);
        return response;
      }),
    { port: 0 },
  );
  const { port } = await listener.bind();
  const lifecycle = new Lifecycle();
  lifecycle.ready();
  const requests = { settled: () => Promise.resolve(), idle: () => Promise.resolve() };
  const stopped = lifecycle.untilStopped({
    connections: sockets,
    requests,
    listener,
    resources: [],
  });
  const peers = await Promise.all(range(20).map(() => RawPeer.connect({ port })));
  for (const peer of peers) {
    await peer.until((peer) => peer.messageCount > 0, { what: "a welcome" });
  }
  const sending = peers.map((peer) => Promise.all(range(50).map((n) => peer.text(`${n}`))));
  lifecycle.requestStop("SIGINT");
  const report = await within(stopped, { what: "the stop" });
  await Promise.all(sending);
  await Promise.all(peers.map(({ closed }) => closed));
  assertEquals(report.closedCleanly, 20);
  assertEquals(received.length, peers.reduce((sum, peer) => sum + peer.sentBeforeClose, 0));
  assertEquals(peers.map((peer) => peer.messages.map(textOf)), peers.map(() => ["welcome"]));
});

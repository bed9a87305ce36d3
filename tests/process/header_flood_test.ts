/**
 * Peers that send a part of a header, or nothing, and stay. The runtime waits for them without an end,
 * and nobody above it can tell: what is left is to go on without them, and to come back when there
 * is no descriptor left.
 */
import { assert, assertEquals } from "@std/assert";
import { assertProperClose, assertStopped } from "../helpers/expectations.ts";
import { HttpExchange, request } from "../helpers/http.ts";
import { forEachMode, Midgard, type RunningMidgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, waitFor, within } from "../helpers/wait.ts";

const PATH = "/channels/flooded";

/** What the peers of a flood send before they fall silent. */
const PARTS = [
  "",
  "G",
  "GET /healthz HTTP/1.1\r\n",
  "GET /channels/flooded HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnec",
  "POST /channels/flooded HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n",
];

/** Connections at the server's door that must all be let go again. */
class Flood implements Disposable {
  /** Those that were accepted, or wait to be; each with what it has sent. */
  readonly open: { readonly exchange: HttpExchange; readonly part: string }[] = [];

  /** Connects so many times at once; those that are refused are not in it. */
  async add(port: number, count: number): Promise<void> {
    await Promise.all(
      range(count).map((index) => this.#connect(port, PARTS[index % PARTS.length]!)),
    );
  }

  async #connect(port: number, part: string): Promise<void> {
    const exchange = await HttpExchange.open(port).catch(() => undefined);
    if (exchange === undefined) return;
    this.open.push({ exchange, part });
    await exchange.write(part);
  }

  [Symbol.dispose](): void {
    for (const { exchange } of this.open.splice(0)) exchange[Symbol.dispose]();
  }
}

async function assertDelivers(from: RawPeer, to: RawPeer): Promise<void> {
  const before = to.messageCount;
  await from.text(`message ${before}`);
  await to.until(({ messageCount }) => messageCount > before, { what: "a message" });
}

async function isHealthy(port: number): Promise<boolean> {
  return await request(port, "GET /healthz").then(({ status }) => status === 200, () => false);
}

/** Waits until the server has seen all but so many connections off. */
async function assertConnections({ port }: RunningMidgard, wanted: number): Promise<void> {
  await waitFor(async () => {
    const { body } = await request(port, "GET /healthz");
    return JSON.parse(body).connections === wanted;
  }, { what: `${wanted} connections` });
}

function connect({ port }: RunningMidgard): Promise<RawPeer> {
  return RawPeer.connect({ port, path: PATH });
}

forEachMode("half a header takes a descriptor and nothing else", async (mode) => {
  await using server = await Midgard.start({ mode, ulimit: { soft: 256, hard: 256 } });
  using reader = await connect(server);
  using flood = new Flood();
  await flood.add(server.port, 100);
  assertEquals(flood.open.length, 100);
  for (const _newcomer of range(20)) {
    using writer = await connect(server);
    await assertDelivers(writer, reader);
    assertEquals((await request(server.port, `POST ${PATH}`, { body: "x" })).status, 200);
    await reader.until(({ messageCount }) => messageCount % 2 === 0, { what: "what was posted" });
    await writer.close(1000);
    await writer.closed;
  }
  // They were waited for all the time: who goes on is answered.
  const late = flood.open.find(({ part }) => part === "GET /healthz HTTP/1.1\r\n");
  await late!.exchange.write("Host: 127.0.0.1\r\n\r\n");
  const outcome = await within(late!.exchange.response(), { what: "the late answer" });
  assertEquals(outcome.kind === "response" && outcome.response.status, 200);
  assertEquals(server.log.of("accept_failed"), []);
  await assertConnections(server, 1);
  // None of them has asked for anything: a stop waits for none.
  const exit = await server.stop();
  assertStopped(exit, { clients: 1, closed_cleanly: 1, terminated: 0, received: 20 });
  assert(exit.elapsedSinceSignalMs < 1_500, `the stop took ${exit.elapsedSinceSignalMs} ms`);
  await assertProperClose(reader);
  assertEquals(server.log.invalid, []);
});

forEachMode("a flood of half headers takes every descriptor, and gives them back", async (mode) => {
  await using server = await Midgard.start({ mode, ulimit: { soft: 96, hard: 96 } });
  using reader = await connect(server);
  using writer = await connect(server);
  for (const round of range(2)) {
    using flood = new Flood();
    await waitFor(async () => {
      await flood.add(server.port, 100);
      await assertDelivers(writer, reader);
      return server.log.of("accept_failed").length > round;
    }, { what: "the server to run out of descriptors" });
    for (const _message of range(5)) await assertDelivers(writer, reader);
    flood[Symbol.dispose]();
    await waitFor(() => isHealthy(server.port), { what: "the server to accept again" });
    using newcomer = await waitFor(() => connect(server).catch(() => undefined), {
      what: "a newcomer to get in",
    });
    await assertDelivers(newcomer, reader);
    await newcomer.close(1000);
    await newcomer.closed;
  }
  // Said plainly, each time, and no more often than it happened.
  const [lost, restored] = [server.log.of("accept_failed"), server.log.of("accept_restored")];
  assertEquals(lost.map(({ level }) => level), lost.map(() => "error"));
  assert(restored.length > 1 && restored.length <= lost.length, `${lost.length} lost`);
  await assertConnections(server, 2);
  const exit = await server.stop();
  assertStopped(exit, { clients: 2, closed_cleanly: 2, terminated: 0 });
  for (const peer of [reader, writer]) await assertProperClose(peer);
  assertEquals(server.log.invalid, []);
});

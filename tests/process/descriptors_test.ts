import { assert, assertEquals } from "@std/assert";
import { assertProperClose, assertStopped } from "../helpers/expectations.ts";
import { HttpExchange, request } from "../helpers/http.ts";
import { forEachMode, Midgard, type RunningMidgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, waitFor, within } from "../helpers/wait.ts";

const LIMIT = { soft: 64, hard: 64 };
const PATH = "/channels/scarce";

/**
 * Opens TCP connections that never send a byte, until the server has none left to accept with:
 * from then on some are refused or reset.
 */
async function exhaust(server: RunningMidgard): Promise<HttpExchange[]> {
  const attempts = await Promise.allSettled(range(300).map(() => HttpExchange.open(server.port)));
  const open = attempts.flatMap((one) => one.status === "fulfilled" ? [one.value] : []);
  await waitFor(() => open.length < attempts.length || server.log.of("accept_failed").length > 0, {
    what: "the server to run out of descriptors",
  });
  return open;
}

/** Waits until the server answers on a new connection. */
async function assertAccepts({ port }: RunningMidgard): Promise<void> {
  const answers = () => request(port, "GET /healthz").then(({ status }) => status === 200, () => 0);
  await waitFor(answers, { deadlineMs: 5000, what: "the server to accept again" });
}

/** Sends from one peer to the other and waits for it. */
async function assertDelivers(from: RawPeer, to: RawPeer): Promise<void> {
  const before = to.messageCount;
  await from.text(`message ${before}`);
  await to.until(({ messageCount }) => messageCount > before, { what: "a message" });
}

forEachMode("open clients outlive 300 connections on 64 descriptors", async (mode) => {
  await using server = await Midgard.start({ mode, ulimit: LIMIT });
  using reader = await RawPeer.connect({ port: server.port, path: PATH });
  using writer = await RawPeer.connect({ port: server.port, path: PATH });
  const silent = await exhaust(server);
  for (const _message of range(5)) await assertDelivers(writer, reader);
  for (const exchange of silent) exchange[Symbol.dispose]();
  await assertAccepts(server);
  using newcomer = await waitFor(
    () => RawPeer.connect({ port: server.port, path: PATH }).catch(() => undefined),
    { what: "a newcomer to get in" },
  );
  await assertDelivers(newcomer, reader);
  await assertDelivers(writer, newcomer);
  const exit = await server.stop();
  assertStopped(exit, { clients: 3, closed_cleanly: 3, terminated: 0, received: 7 });
  for (const peer of [reader, writer, newcomer]) await assertProperClose(peer);
  assertEquals(server.log.invalid, []);
});

forEachMode("one silent connection does not keep a server from accepting again", async (mode) => {
  await using server = await Midgard.start({ mode, ulimit: LIMIT });
  const [stubborn, ...silent] = await exhaust(server);
  using _stubborn = stubborn!;
  for (const exchange of silent) exchange[Symbol.dispose]();
  await assertAccepts(server);
  assertStopped(await server.stop(), { clients: 0 });
});

forEachMode("a server that is out of descriptors stops cleanly", async (mode) => {
  await using server = await Midgard.start({ mode, ulimit: LIMIT });
  using peer = await RawPeer.connect({ port: server.port, path: PATH });
  const silent = await exhaust(server);
  const exit = await server.stop("SIGTERM");
  assertStopped(exit, { signal: "SIGTERM", clients: 1, closed_cleanly: 1 });
  await assertProperClose(peer);
  assert(exit.elapsedSinceSignalMs < 1500, `the stop took ${exit.elapsedSinceSignalMs} ms`);
  for (const exchange of silent) exchange[Symbol.dispose]();
});

forEachMode("a descriptor limit below max-connections is told after the start", async (mode) => {
  await using server = await Midgard.start({ mode, ulimit: { soft: 300, hard: 300 } });
  const line = await within(server.log.next("few_descriptors"), { what: "the warning" });
  assert(Number(line?.available) < 300, `${line?.available} connections on 300 descriptors`);
  assertEquals(line?.max_connections, 10_000);
  assertStopped(await server.stop(), { clients: 0 });
});

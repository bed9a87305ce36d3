/** Peers that are slow on purpose, that reset their connections, and that vanish. */
import { assert, assertEquals } from "@std/assert";
import { connect, type Socket } from "node:net";
import { assertStopped } from "../../helpers/expectations.ts";
import { handshakeText } from "../../helpers/handshake.ts";
import { HttpExchange, requestText } from "../../helpers/http.ts";
import { Midgard, type Mode } from "../../helpers/midgard.ts";
import { scrape } from "../../helpers/prometheus.ts";
import { inParallel, range, sleep, waitFor } from "../../helpers/wait.ts";
import type { FaultTable } from "./fault_table.ts";
import { descriptorsOf, Pair } from "./server_process.ts";

const SLOW = 150;
const DRIPS = 12;
/** An accepted delay for others, far above what it is and far below a timeout. */
const SLOWEST_MS = 500;

/** Sends a text byte by byte and never comes to its end. */
async function drip(exchange: HttpExchange, text: string): Promise<void> {
  for (const index of range(DRIPS)) {
    await exchange.write(text[index % text.length]!);
    await sleep(100);
  }
}

async function slowPeers(mode: Mode): Promise<string> {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  using pair = await Pair.connect(server);
  const exchanges = await inParallel(range(2 * SLOW), () => HttpExchange.open(server.port));
  const half = requestText("POST /channels/slow", { "Content-Length": "1000" });
  const dripping = exchanges.map(async (exchange, index) => {
    if (index < SLOW) return await drip(exchange, "GET /channels/slow HTTP/1.1\r\nHost: a\r\n");
    await exchange.write(half);
    await drip(exchange, "x");
  });
  await pair.during(Promise.all(dripping));
  assert(pair.slowestMs < SLOWEST_MS, `a message of others took ${pair.slowestMs} ms`);
  pair.assertOpen();
  const exit = await server.stop();
  for (const exchange of exchanges) exchange[Symbol.dispose]();
  assertStopped(exit, { clients: 2, closed_cleanly: 2 });
  const stopMs = Math.round(exit.elapsedSinceSignalMs);
  // The whole stop may take 8 s.
  assert(stopMs < 8_500, `the stop took ${stopMs} ms`);
  return `slowest message of others ${pair.slowestMs} ms, stop in ${stopMs} ms`;
}

const ROUNDS = 5;
const RESETS = 200;

/** Opens a WebSocket and gives the connection with the answer read, or not. */
function openSocket(port: number, isRead: boolean): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect(port, "127.0.0.1", () => {
    socket.write(handshakeText({ path: "/channels/pair" }));
    if (!isRead) resolve(socket);
  });
  socket.on("error", reject);
  if (isRead) socket.once("data", () => resolve(socket));
  return promise;
}

/** Deno 2.9 does not tell of some of those that reset before the answer: they are given up after 10 s. */
const FORGOTTEN_WITHIN_MS = 20_000;

async function resetStorm(mode: Mode): Promise<string> {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  using pair = await Pair.connect(server);
  await pair.exchange(10);
  const before = descriptorsOf(server);
  const storm = async () => {
    for (const _round of range(ROUNDS)) {
      // Half of them do not wait for the answer to their handshake.
      const opening = range(RESETS).map((index) => openSocket(server.port, index % 2 === 0));
      for (const socket of await Promise.all(opening)) socket.resetAndDestroy();
    }
  };
  await pair.during(storm());
  const left = async () => (await scrape(server.port)).find("midgard_connections");
  await waitFor(async () => await left() === 2, {
    what: "the reset connections to be forgotten",
    deadlineMs: FORGOTTEN_WITHIN_MS,
  });
  await waitFor(() => descriptorsOf(server) <= before + 5, {
    what: "descriptors to be freed",
    explain: () => `${descriptorsOf(server)} of ${before} before`,
  });
  pair.assertOpen();
  await pair.exchange(10);
  assertEquals(server.log.invalid, []);
  const held = descriptorsOf(server) - before;
  assertStopped(await server.stop(), { clients: 2, closed_cleanly: 2 });
  return `${ROUNDS * RESETS} resets: ${held} descriptors more, slowest message of others ` +
    `${pair.slowestMs} ms`;
}

/** Registers them. */
export function addPeerFaults(table: FaultTable): void {
  table.add({
    name: "300 requests that drip their headers or bodies (slow loris)",
    outcome: "others are served within 500 ms, the stop ends within `--stop-timeout`",
  }, slowPeers);
  table.add({
    name: "1000 connections that are reset (RST), half of them before the answer is read",
    outcome:
      "all are forgotten, some only after 10 s ([Deno 2.9](#limitations)), at most 5 descriptors stay, others go on",
  }, resetStorm);
}

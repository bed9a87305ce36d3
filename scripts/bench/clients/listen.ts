/**
 * Subscribers that wait for a fixed number of messages each, and count them exactly:
 * `listen.ts --port 8000 --protocol centrifuge --clients 1000 --channels 1 --messages 10000`.
 */
import { connectSubscribers } from "./subscriber.ts";
import type { Client } from "./client.ts";
import { dialectOf } from "./dialect.ts";
import { processorSeconds } from "./processor_time.ts";
import { exitAfter, numbers, protocolArgument, report } from "./report.ts";
import { Tally } from "./tally.ts";

const LOOK_EVERY_MS = 50;

/** Messages that have not come after so long without any are lost. */
const QUIET_LOOKS = 100;

/** A moment, and the processor time that was used until then. */
function now(): { atMs: number; processor: number } {
  return { atMs: performance.now(), processor: processorSeconds() };
}

exitAfter(180);
const wish = numbers("port", "clients", "channels", "messages");
const protocol = protocolArgument();
const { firstNumber, reader, pong } = dialectOf(protocol);
const expected = wish.clients * wish.messages;
const tallies = Array.from({ length: wish.clients }, () => new Tally(firstNumber));
const readers = tallies.map(reader);
const pongs = tallies.map((_, index) => () => void clients[index]?.send(pong));
const takers = tallies.map((tally) => (number: number) => {
  tally.take(number);
  if (received++ === 0) {
    first = now();
    report("begun", {});
  }
  if (received >= expected) last = now();
});
let received = 0;
let first = now();
let last = first;
let ended = 0;

/** Until all is there, or nothing has come for a while. */
async function allReceived(): Promise<void> {
  for (let quiet = 0, before = 0; received < expected && quiet < QUIET_LOOKS;) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    quiet = received > 0 && received === before ? quiet + 1 : 0;
    before = received;
  }
}

const clients: Client[] = [];
clients.push(
  ...await connectSubscribers({
    ...wish,
    protocol,
    onData: (frame, index) => {
      const [take, onPing] = [takers[index], pongs[index]];
      if (take !== undefined && onPing !== undefined) readers[index]?.(frame, take, onPing);
    },
  }),
);
for (const client of clients) void client.ended.then(() => ended++);
report("connected", { clients: clients.length });
await allReceived();
const seconds = (last.atMs - first.atMs) / 1_000;
report("measured", {
  per_second: Math.round(received / seconds),
  lost: expected - received,
  misplaced: tallies.reduce((sum, tally) => sum + tally.misplaced, 0),
  ended,
  processor_share: (last.processor - first.processor) / seconds,
});
await Promise.all(clients.map((client) => client.ended));
Deno.exit(0);

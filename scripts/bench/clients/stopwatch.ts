/**
 * Subscribers that tell how old each message was; with `--slow-one-in 10` every tenth stops reading
 * at the first: `stopwatch.ts --port 8000 --clients 1000 --messages 5000 --skip 1000 --slow-one-in 0`.
 */
import type { Client } from "./client.ts";
import { tick, TICK_DIGITS, ticksBetween } from "./clock.ts";
import { channelOf, dialectOf } from "./dialect.ts";
import { Histogram } from "./histogram.ts";
import { processorSeconds } from "./processor_time.ts";
import { digitsAt, takePushes } from "./pushes.ts";
import { exitAfter, numbers, report } from "./report.ts";
import { connectSubscribers } from "./subscriber.ts";
import { Tally } from "./tally.ts";

const LOOK_EVERY_MS = 500;
const QUIET_LOOKS = 10;

/** How long those that stopped reading have for what was kept for them. */
const SLOW_END_WITHIN_MS = 5_000;

const STAMP_AT = `{"push":{"channel":"${channelOf(0, 1)}","pub":{"data":{"t":"`.length;

exitAfter(150);
const wish = numbers("port", "clients", "messages", "skip", "slow-one-in");
const isSlow = (index: number) => wish["slow-one-in"] > 0 && index % wish["slow-one-in"] === 0;
const tallies = Array.from({ length: wish.clients }, () => new Tally(1));
const expected = tallies.filter((_, index) => !isSlow(index)).length * wish.messages;
const histogram = new Histogram();
let received = 0;
let ended = 0;
/** Whether those that stopped reading read again. */
let isOver = false;
let started = { atMs: 0, processor: 0 };
const clients: Client[] = [];
clients.push(
  ...await connectSubscribers({
    ...wish,
    protocol: "centrifuge",
    channels: 1,
    onData: (frame, index) => {
      if (isSlow(index)) {
        if (!isOver) clients[index]?.stopReading();
        return;
      }
      const now = tick();
      if (received === 0) started = { atMs: performance.now(), processor: processorSeconds() };
      takePushes(frame, (offset, lineStart) => {
        tallies[index]?.take(offset);
        received += 1;
        if (offset <= wish.skip) return;
        histogram.add(ticksBetween(digitsAt(frame.bytes, lineStart + STAMP_AT, TICK_DIGITS), now));
      }, () => void clients[index]?.send(dialectOf("centrifuge").pong));
    },
  }),
);
const fast = clients.filter((_, index) => !isSlow(index));
for (const client of fast) void client.ended.then(() => ended++);
report("connected", { clients: clients.length });
for (let quiet = 0, before = 0; received < expected && quiet < QUIET_LOOKS;) {
  await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  quiet = received > 0 && received === before ? quiet + 1 : 0;
  before = received;
}
const seconds = (performance.now() - started.atMs) / 1_000;
const share = (processorSeconds() - started.processor) / seconds;

const slow = clients.filter((_, index) => isSlow(index));
isOver = true;
for (const client of slow) client.readAgain();
const timeout = new Promise<"open">((resolve) => {
  setTimeout(() => resolve("open"), SLOW_END_WITHIN_MS);
});
const codes = await Promise.all(slow.map((client) => Promise.race([client.ended, timeout])));
report("measured", {
  p50: histogram.quantileMs(0.5),
  p90: histogram.quantileMs(0.9),
  p99: histogram.quantileMs(0.99),
  p999: histogram.quantileMs(0.999),
  count: histogram.count,
  lost: expected - received,
  misplaced: tallies.reduce((sum, tally) => sum + tally.misplaced, 0),
  ended,
  slow_closed: codes.filter((code) => code === 3008).length,
  slow_cut: codes.filter((code) => code === undefined).length,
  slow_open: codes.filter((code) => code === "open").length,
  processor_share: share,
});
Deno.exit(0);

/**
 * A crowd that publishes over the Centrifuge protocol, each with a window of commands that are not
 * answered yet: `acknowledged.ts --port 8000 --publishers 64 --channels 1 --window 16 --seconds 2`.
 */
import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { connectCrowd } from "./client.ts";
import { channelOf, dialectOf } from "./dialect.ts";
import type { ScannedFrame } from "./frame_scanner.ts";
import { processorSeconds } from "./processor_time.ts";
import { exitAfter, numbers, report } from "./report.ts";

const MESSAGE_BYTES = 128;
const WARM_UP_MS = 500;
const ERROR = '"error"';

exitAfter(60);
const wish = numbers("port", "publishers", "channels", "window", "seconds");
const dialect = dialectOf("centrifuge");
const decoder = new TextDecoder();
let acknowledged = 0;

/** So many commands of one publisher in one frame. */
function commands(index: number, count: number): Uint8Array<ArrayBuffer> {
  const to = { channel: channelOf(index, wish.channels), bytes: MESSAGE_BYTES };
  // Answers are told apart by nobody here: ids may repeat.
  return encodeFrame(OPCODE.text, Array(count).fill(dialect.message(0, to)).join("\n"));
}

/** How many commands a frame answers. */
function answersIn({ bytes, start, end }: ScannedFrame): number {
  const text = decoder.decode(bytes.subarray(start, end));
  if (text.includes(ERROR)) throw new Error(`Cannot publish: ${text.slice(0, 200)}`);
  return text.split('"publish":').length - 1;
}

const clients = await connectCrowd(wish.publishers, (index) => ({
  port: wish.port,
  path: dialect.path(""),
  onOpen: (client) => {
    if (dialect.hello !== undefined) void client.send(dialect.hello);
    void client.send(commands(index, wish.window));
  },
  onData: (frame, client) => {
    const count = answersIn(frame);
    acknowledged += count;
    if (count > 0) void client.send(commands(index, count));
  },
}));
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS));
const [before, startedAt, processor] = [acknowledged, performance.now(), processorSeconds()];
await new Promise((resolve) => setTimeout(resolve, wish.seconds * 1_000));
const seconds = (performance.now() - startedAt) / 1_000;
report("measured", {
  clients: clients.length,
  per_second: (acknowledged - before) / seconds,
  processor_share: (processorSeconds() - processor) / seconds,
});
Deno.exit(0);

/**
 * One publisher that waits for no single message, only for a window of them:
 * `pipeline.ts --port 8000 --protocol centrifuge --channels 1 --messages 10000 --bytes 128 --window 512`.
 *
 * Centrifuge acknowledges each message. A plain server does not, so a second connection listens
 * there, and what it has got counts as acknowledged.
 */
import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { waitFor } from "../../../tests/helpers/wait.ts";
import { Client } from "./client.ts";
import { channelOf, CONNECT, dialectOf, NUMBER_DIGITS } from "./dialect.ts";
import type { ScannedFrame } from "./frame_scanner.ts";
import { processorSeconds } from "./processor_time.ts";
import { exitAfter, numbers, protocolArgument, report } from "./report.ts";

const DEADLINE_MS = 120_000;
const BUFFER_BYTES = 65_536;

/** Messages in one frame at most, far below what a server takes at once. */
const MOST_PER_FRAME = 64;

exitAfter(150);
const wish = numbers("port", "channels", "messages", "bytes", "window");
const protocol = protocolArgument();
const isCentrifuge = protocol === "centrifuge";
const decoder = new TextDecoder();
const payload = `{"d":"${"x".repeat(wish.bytes - '{"d":""}'.length)}"}`;
let sent = 0;
let acknowledged = 0;

async function connect(onData: (frame: ScannedFrame) => void): Promise<Client> {
  const path = dialectOf(protocol).path(channelOf(0, 1));
  const options = { port: wish.port, path, bufferBytes: BUFFER_BYTES, onData };
  const client = await Client.connect(options);
  if (client === undefined) throw new Error("Cannot connect a publisher");
  return client;
}

/** A command for each message; several may share a frame. */
function commands(count: number): string {
  const lines = Array.from({ length: count }, (_, index) => {
    const channel = channelOf(sent + index, wish.channels);
    return `{"id":${sent + index + 2},"publish":{"channel":"${channel}","data":${payload}}}`;
  });
  return lines.join("\n");
}

/** Fills the window; called whenever it has moved. */
function fill(): void {
  while (sent < wish.messages && sent < acknowledged + wish.window) {
    const room = Math.min(wish.messages, acknowledged + wish.window) - sent;
    const count = isCentrifuge ? Math.min(room, MOST_PER_FRAME) : 1;
    const text = isCentrifuge
      ? commands(count)
      : String(sent).padStart(NUMBER_DIGITS, "0").padEnd(wish.bytes, "x");
    void publisher.send(encodeFrame(OPCODE.text, text));
    sent += count;
  }
}

/** Counts the replies in a frame. */
function countReplies({ bytes, start, end }: ScannedFrame): void {
  const text = decoder.decode(bytes.subarray(start, end));
  if (text.includes('"error"')) throw new Error(`Cannot publish: ${text.slice(0, 200)}`);
  acknowledged += text.split('"publish":').length - 1;
  fill();
}

const publisher = await connect(isCentrifuge ? countReplies : () => {});
if (!isCentrifuge) {
  await connect(() => {
    acknowledged += 1;
    fill();
  });
}
const [startedAt, processor] = [performance.now(), processorSeconds()];
if (isCentrifuge) await publisher.send(encodeFrame(OPCODE.text, CONNECT));
fill();
const isDone = () => acknowledged >= wish.messages;
await waitFor(isDone, { deadlineMs: DEADLINE_MS, what: "all acknowledgements" });
const seconds = (performance.now() - startedAt) / 1_000;
report("published", {
  per_second: Math.round(acknowledged / seconds),
  processor_share: (processorSeconds() - processor) / seconds,
});
Deno.exit(0);

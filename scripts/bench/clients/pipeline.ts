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
import { channelOf, CONNECT, dialectOf, EVENT, NUMBER_DIGITS } from "./dialect.ts";
import type { ScannedFrame } from "./frame_scanner.ts";
import { processorSeconds } from "./processor_time.ts";
import { exitAfter, numbers, protocolArgument, report } from "./report.ts";

const DEADLINE_MS = 120_000;

/** How long a server may take to let the publisher and the listener in. */
const SETTLE_MS = 300;
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

const { path, subscription } = dialectOf(protocol);
const channel = channelOf(0, 1);

async function connect(onData: (frame: ScannedFrame) => void): Promise<Client> {
  const options = { port: wish.port, path: path(channel), onData };
  const client = await Client.connect(options);
  if (client === undefined) throw new Error("Cannot connect a publisher");
  const hello = isCentrifuge ? CONNECT : subscription(channel);
  if (hello !== undefined) await client.send(encodeFrame(OPCODE.text, hello));
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

/** The next message of a server without acknowledgements. */
function message(): string {
  const text = String(sent).padStart(NUMBER_DIGITS, "0").padEnd(wish.bytes, "x");
  return protocol === "socketio" ? `${EVENT}${text}"]` : text;
}

/** Fills the window; called whenever it has moved. */
function fill(): void {
  while (sent < wish.messages && sent < acknowledged + wish.window) {
    const room = Math.min(wish.messages, acknowledged + wish.window) - sent;
    const count = isCentrifuge ? Math.min(room, MOST_PER_FRAME) : 1;
    const text = isCentrifuge ? commands(count) : message();
    void publisher.send(encodeFrame(OPCODE.text, text));
    sent += count;
  }
}

/** Counts the replies in a frame. */
function countReplies({ bytes, start, end }: ScannedFrame): void {
  const text = decoder.decode(bytes.subarray(start, end));
  if (text.includes('"error"')) throw new Error(`Cannot publish: ${text.slice(0, 200)}`);
  if (text.split("\n").includes("{}")) void publisher.send(dialectOf(protocol).pong);
  acknowledged += text.split('"publish":').length - 1;
  fill();
}

const publisher = await connect(isCentrifuge ? countReplies : () => {});
if (!isCentrifuge) {
  await connect((frame) => {
    // What is shorter belongs to the connection.
    if (frame.end - frame.start < wish.bytes) return;
    acknowledged += 1;
    fill();
  });
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}
const [startedAt, processor] = [performance.now(), processorSeconds()];
fill();
const isDone = () => acknowledged >= wish.messages;
await waitFor(isDone, { deadlineMs: DEADLINE_MS, what: "all acknowledgements" });
const seconds = (performance.now() - startedAt) / 1_000;
report("published", {
  per_second: Math.round(acknowledged / seconds),
  processor_share: (processorSeconds() - processor) / seconds,
});
Deno.exit(0);

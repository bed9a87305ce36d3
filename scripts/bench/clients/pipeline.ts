/**
 * One publisher that waits for no single message, only for a window of them:
 * `pipeline.ts --port 8000 --protocol centrifuge --channels 1 --messages 10000 --bytes 128 --window 512`.
 *
 * A message is under way until Centrifuge has acknowledged it and, where there is one channel, until
 * a subscriber of its own has it.
 */
import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { waitFor } from "../../../tests/helpers/wait.ts";
import { Client } from "./client.ts";
import { channelOf, dialectOf } from "./dialect.ts";
import type { ScannedFrame } from "./frame_scanner.ts";
import { processorSeconds } from "./processor_time.ts";
import { exitAfter, numbers, protocolArgument, report } from "./report.ts";

const DEADLINE_MS = 120_000;

/** How long a server may take to let the publisher and the listener in. */
const SETTLE_MS = 300;

/** Bytes of payload in one frame at most, below what a server takes at once. */
const MOST_FRAME_BYTES = 8_192;

exitAfter(150);
const wish = numbers("port", "channels", "messages", "bytes", "window");
const protocol = protocolArgument();
const isCentrifuge = protocol === "centrifuge";
const dialect = dialectOf(protocol);
const channel = channelOf(0, wish.channels);
/** Only commands of Centrifuge may share a frame. */
const mostPerFrame = isCentrifuge ? Math.max(1, Math.floor(MOST_FRAME_BYTES / wish.bytes)) : 1;
const opcode = protocol === "nats" ? OPCODE.binary : OPCODE.text;
const decoder = new TextDecoder();
const reader = dialect.reader();
let isOpen = false;
let sent = 0;
let acknowledged = isCentrifuge ? 0 : Infinity;
let delivered = wish.channels === 1 ? 0 : Infinity;

async function connect(
  hello: Uint8Array<ArrayBuffer> | undefined,
  onData: (frame: ScannedFrame, client: Client) => void,
): Promise<Client> {
  const client = await Client.connect({ port: wish.port, path: dialect.path(channel), onData });
  if (client === undefined) throw new Error("Cannot connect a publisher");
  if (hello !== undefined) await client.send(hello);
  return client;
}

/** Fills the window; called whenever it has moved. */
function fill(): void {
  if (!isOpen) return;
  const until = Math.min(wish.messages, Math.min(acknowledged, delivered) + wish.window);
  while (sent < until) {
    const lines: string[] = [];
    for (; sent < until && lines.length < mostPerFrame; sent++) {
      const to = { channel: channelOf(sent, wish.channels), bytes: wish.bytes };
      lines.push(dialect.message(sent, to));
    }
    void publisher.send(encodeFrame(opcode, lines.join("\n")));
  }
}

/** Counts the replies in a frame. */
function countReplies({ bytes, start, end }: ScannedFrame, client: Client): void {
  const text = decoder.decode(bytes.subarray(start, end));
  if (text.includes('"error"')) throw new Error(`Cannot publish: ${text.slice(0, 200)}`);
  if (text.split("\n").includes("{}")) void client.send(dialect.pong);
  acknowledged += text.split('"publish":').length - 1;
  fill();
}

/** Counts what the publisher's own subscriber gets. */
function countDeliveries(frame: ScannedFrame, client: Client): void {
  reader(frame, () => delivered++, () => void client.send(dialect.pong));
  fill();
}

const publisher = await connect(dialect.hello, isCentrifuge ? countReplies : () => {});
if (wish.channels === 1) await connect(dialect.subscription(channel), countDeliveries);
await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
const [startedAt, processor] = [performance.now(), processorSeconds()];
isOpen = true;
fill();
const isDone = () => Math.min(acknowledged, delivered) >= wish.messages;
await waitFor(isDone, { deadlineMs: DEADLINE_MS, what: "all acknowledgements" });
const seconds = (performance.now() - startedAt) / 1_000;
report("published", {
  per_second: Math.round(wish.messages / seconds),
  processor_share: (processorSeconds() - processor) / seconds,
});
Deno.exit(0);

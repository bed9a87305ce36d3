/**
 * A publisher that keeps to its schedule whatever the server does; each message says when it was
 * due: `metronome.ts --port 8000 --rate 1000 --messages 5000 --bytes 128`.
 */
import { encodeFrame, OPCODE } from "../../../tests/helpers/frames.ts";
import { waitFor } from "../../../tests/helpers/wait.ts";
import { Client } from "./client.ts";
import { tick, TICK_DIGITS } from "./clock.ts";
import { channelOf, CONNECT, dialectOf } from "./dialect.ts";
import { processorSeconds } from "./processor_time.ts";
import { exitAfter, numbers, report } from "./report.ts";

const MOST_PER_FRAME = 64;

/** How far a server may be behind at the end; what it is behind shows in the latency. */
const ACKNOWLEDGED_WITHIN_MS = 20_000;

exitAfter(90);
const { port, rate, messages, bytes } = numbers("port", "rate", "messages", "bytes");
const filler = "x".repeat(bytes - `{"t":"${"0".repeat(TICK_DIGITS)}","d":""}`.length);
const decoder = new TextDecoder();
let acknowledged = 0;
const publisher = await Client.connect({
  port,
  path: dialectOf("centrifuge").path(""),
  onData: ({ bytes, start, end }, client) => {
    const text = decoder.decode(bytes.subarray(start, end));
    if (text.includes('"error"')) throw new Error(`Cannot publish: ${text.slice(0, 200)}`);
    if (text.split("\n").includes("{}")) void client.send(dialectOf("centrifuge").pong);
    acknowledged += text.split('"publish":').length - 1;
  },
});
if (publisher === undefined) throw new Error("Cannot connect a publisher");
await publisher.send(encodeFrame(OPCODE.text, CONNECT));

function command(index: number, dueMs: number): string {
  const due = String(tick(dueMs)).padStart(TICK_DIGITS, "0");
  const data = `{"t":"${due}","d":"${filler}"}`;
  return `{"id":${index + 2},"publish":{"channel":"${channelOf(0, 1)}","data":${data}}}`;
}

const [startedAt, processor] = [performance.now(), processorSeconds()];
const dueMs = (index: number) => startedAt + index / rate * 1_000;
for (let sent = 0; sent < messages;) {
  const lines: string[] = [];
  for (; sent < messages && dueMs(sent) <= performance.now(); sent++) {
    lines.push(command(sent, dueMs(sent)));
    if (lines.length === MOST_PER_FRAME) {
      void publisher.send(encodeFrame(OPCODE.text, lines.splice(0).join("\n")));
    }
  }
  if (lines.length > 0) void publisher.send(encodeFrame(OPCODE.text, lines.join("\n")));
  await new Promise((resolve) => setTimeout(resolve, 1));
}
const seconds = (performance.now() - startedAt) / 1_000;
const share = (processorSeconds() - processor) / seconds;
const all = { deadlineMs: ACKNOWLEDGED_WITHIN_MS, what: "all acknowledgements" };
await waitFor(() => acknowledged >= messages, all).catch(() => {});
report("published", {
  acknowledged,
  per_second: Math.round(messages / seconds),
  processor_share: share,
});
Deno.exit(0);

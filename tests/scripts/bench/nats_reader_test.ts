import { assertEquals } from "@std/assert";
import { NatsReader } from "../../../scripts/bench/clients/nats_reader.ts";

/** Reads text in frames of so many bytes; gives numbers and pings in their order. */
function heardIn(text: string, frameBytes: number): (number | "ping")[] {
  const bytes = new TextEncoder().encode(text);
  const heard: (number | "ping")[] = [];
  const reader = new NatsReader();
  for (let start = 0; start < bytes.length; start += frameBytes) {
    const end = Math.min(bytes.length, start + frameBytes);
    reader.take(
      { opcode: 2, bytes, start, end },
      (number) => heard.push(number),
      () => heard.push("ping"),
    );
  }
  return heard;
}

const message = (number: string) => `MSG fanout-0 1 12\r\n${number.padStart(10, "0")}\r\n\r\n`;
const TEXT = `INFO {"max_payload":99}\r\nPONG\r\n${message("7")}PING\r\n${message("8")}`;

Deno.test("NatsReader tells numbers and pings and passes over everything else", () => {
  assertEquals(heardIn(TEXT, TEXT.length), [7, "ping", 8]);
});

Deno.test("NatsReader tells the same when messages are cut anywhere", () => {
  for (const frameBytes of [1, 7, 30]) assertEquals(heardIn(TEXT, frameBytes), [7, "ping", 8]);
});

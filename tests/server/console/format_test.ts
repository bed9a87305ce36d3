import { assertEquals } from "@std/assert";
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatMs,
  formatProtocol,
  formatRate,
  formatRetry,
  formatSeconds,
  formatServer,
} from "../../../server/console/format.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const DURATIONS: readonly (readonly [ms: number, text: string])[] = [
  [-5, "0.00 s"],
  [0, "0.00 s"],
  [40, "0.04 s"],
  [99, "0.09 s"],
  [100, "0.1 s"],
  [1_899, "1.8 s"],
  [59_999, "59.9 s"],
  [MINUTE, "1 min 0 s"],
  [2 * MINUTE + 5_999, "2 min 5 s"],
  [HOUR - 1, "59 min 59 s"],
  [3 * HOUR + 20 * MINUTE, "3 h 20 min"],
  [24 * HOUR - 1, "23 h 59 min"],
  [4 * 24 * HOUR + 6 * HOUR, "4 d 6 h"],
];

for (const [ms, text] of DURATIONS) {
  Deno.test(`formatDuration of ${ms} ms is ${text}`, () => {
    assertEquals(formatDuration(ms), text);
  });
}

const SECONDS: readonly (readonly [ms: number, text: string])[] = [
  [0, "0 s"],
  [999, "0 s"],
  [1_000, "1 s"],
  [10_000, "10 s"],
  [59_999, "59 s"],
  [MINUTE + 400, "1 min 0 s"],
  [2 * HOUR, "2 h 0 min"],
];

for (const [ms, text] of SECONDS) {
  Deno.test(`formatSeconds of ${ms} ms is ${text}`, () => {
    assertEquals(formatSeconds(ms), text);
  });
}

Deno.test("formatClock shows the local time of day to the millisecond", () => {
  assertEquals(formatClock(new Date(2026, 0, 2, 3, 4, 5, 6)), "03:04:05.006");
  assertEquals(formatClock(new Date(2026, 0, 2, 23, 59, 59, 999)), "23:59:59.999");
});

Deno.test("formatCount counts in English", () => {
  const counts = [0, 1, 2, 1_204].map((count) => formatCount(count, "message"));
  assertEquals(counts, ["0 messages", "1 message", "2 messages", "1,204 messages"]);
});

Deno.test("formatRetry says what a connection that is away does next", () => {
  const away = { name: "away", attempts: 2, retryAtMs: 5_000, isTrying: false };
  assertEquals(formatRetry(away, 3_200), "Attempt 3 in 1.8 s");
  assertEquals(formatRetry({ ...away, isTrying: true }, 3_200), "Attempt 2 under way");
  assertEquals(formatRetry({ ...away, retryAtMs: null }, 3_200), "Not retrying by itself");
  assertEquals(formatRetry({ ...away, name: "connected" }, 3_200), "");
});

Deno.test("formatServer shows what the server said of itself, and its growing uptime", () => {
  const server = { version: "0.1.0", pid: 42, uptime_s: 60, atMs: 1_000 };
  assertEquals(formatServer(server, 6_000), "v0.1.0 · pid 42 · up 1 min 5 s");
});

Deno.test("formatServer leaves out what the server did not say", () => {
  const nothing = { version: undefined, pid: undefined, uptime_s: undefined, atMs: 0 };
  assertEquals(formatServer({ ...nothing, uptime_s: 1 }, 0), "up 1 s");
  assertEquals(formatServer({ ...nothing, version: "0.1.0" }, 0), "v0.1.0");
});

Deno.test("formatBytes, formatRate and formatMs keep numbers short", () => {
  const sizes = [0, 640, 1_023, 1_536, 12_582_912, 3 * 1_024 ** 4].map(formatBytes);
  assertEquals(sizes, ["0 B", "640 B", "1023 B", "1.5 KiB", "12 MiB", "3.0 TiB"]);
  assertEquals([0, 0.44, 9.96, 37.6, 1_204].map(formatRate), ["0", "0.4", "10", "38", "1,204"]);
  assertEquals([0, 0.24, 9.9, 119.6].map(formatMs), ["0.0", "0.2", "9.9", "120"]);
});

Deno.test("formatProtocol puts the names of metrics in words", () => {
  assertEquals(formatProtocol("websocket"), "WebSocket");
  assertEquals(formatProtocol("centrifuge_http_stream_json"), "Centrifuge HTTP stream JSON");
});

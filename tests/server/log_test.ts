import { assert, assertEquals, assertMatch } from "@std/assert";
import type { LoggerOptions } from "../../server/log.ts";
import { LOG_LEVELS, Logger } from "../../server/log.ts";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A logger and what it has written. */
function logger(options: Partial<LoggerOptions> = {}): { log: Logger; written: string[] } {
  const written: string[] = [];
  const log = new Logger({
    format: "json",
    level: "debug",
    write: (text) => written.push(text),
    now: () => AT,
    ...options,
  });
  return { log, written };
}

/** The one line that was written, parsed. */
function parsed(written: readonly string[]): Record<string, unknown> {
  assertEquals(written.length, 1);
  return JSON.parse(written[0] ?? "");
}

Deno.test("Logger writes an event as one line of JSON", () => {
  const { log, written } = logger();
  log.info("ready", "ready", { url: "http://127.0.0.1:8000", port: 8_000 });
  assertEquals(
    written,
    [
      '{"time":"2026-01-02T03:04:05.678Z","level":"info","event":"ready",' +
      '"url":"http://127.0.0.1:8000","port":8000}\n',
    ],
  );
});

Deno.test("Logger keeps the sentence of a warning and of an error in JSON", () => {
  for (const level of ["warning", "error"] as const) {
    const { log, written } = logger();
    log[level]("given_up", "3 did not answer", { clients: 3 });
    const { message, clients } = parsed(written);
    assertEquals([message, clients], ["3 did not answer", 3]);
  }
});

Deno.test("Logger leaves the sentence out of JSON where the fields say it", () => {
  for (const level of ["debug", "info"] as const) {
    const { log, written } = logger();
    log[level]("closing", "closing connections", {});
    assertEquals(Object.keys(parsed(written)), ["time", "level", "event"]);
  }
});

Deno.test("Logger keeps a line one line, whatever is in it", () => {
  const { log, written } = logger();
  log.error("request_failed", "one\ntwo\r\u2028three", { error: 'Error: "x"\n    at y' });
  assertEquals(written[0]?.trimEnd().split("\n").length, 1);
  assertEquals(parsed(written)["message"], "one\ntwo\r\u2028three");
});

for (const [index, level] of LOG_LEVELS.entries()) {
  Deno.test(`Logger of level ${level} writes what is as urgent or more`, () => {
    const { log, written } = logger({ level });
    log.debug("request_failed", "t");
    log.info("request_failed", "t");
    log.warning("request_failed", "t");
    log.error("request_failed", "t");
    const levels = written.map((line) => JSON.parse(line).level);
    assertEquals(levels, LOG_LEVELS.slice(index));
  });
}

Deno.test("Logger writes for people the time of day and the sentence", () => {
  const { log, written } = logger({ format: "pretty" });
  log.info("closing", "closing connections", { signal: "SIGINT" });
  assertMatch(written.join(""), /^\d\d:\d\d:\d\d {2}closing connections\n$/);
});

Deno.test("Logger writes for people the level from warning up", () => {
  const { log, written } = logger({ format: "pretty" });
  log.warning("given_up", "careful");
  log.error("request_failed", "broken");
  assertMatch(written[0] ?? "", / {2}warning: careful\n$/);
  assertMatch(written[1] ?? "", / {2}error: broken\n$/);
});

Deno.test("Logger uses colours only where there are some", () => {
  const { log, written } = logger({ format: "pretty", hasColour: true });
  log.error("request_failed", "broken");
  assert(written[0]?.includes("\x1b[31m"), written[0]);
  const plain = logger({ format: "pretty" });
  plain.log.error("request_failed", "broken");
  assert(!plain.written[0]?.includes("\x1b"));
});

Deno.test("Logger never colours JSON", () => {
  const { log, written } = logger({ hasColour: true });
  log.error("request_failed", "broken");
  assert(!written[0]?.includes("\x1b"));
});

Deno.test("Logger drops a line that cannot be written", () => {
  const write = () => {
    throw new Error("EIO: the terminal has gone");
  };
  for (const format of ["json", "pretty"] as const) {
    const { log } = logger({ write, format });
    log.error("request_failed", "t");
    log.write("line");
    log.draw("text");
  }
});

Deno.test("Logger.write adds a newline and Logger.draw none, at every level", () => {
  const { log, written } = logger({ level: "error" });
  log.write("banner");
  log.draw("\rbar");
  assertEquals(written, ["banner\n", "\rbar"]);
});

Deno.test("Logger knows its format", () => {
  assertEquals(logger().log.format, "json");
  assertEquals(logger({ format: "pretty" }).log.format, "pretty");
});

Deno.test("Logger takes the time from Date by default", () => {
  const written: string[] = [];
  const log = new Logger({ format: "json", level: "info", write: (text) => written.push(text) });
  const before = Date.now();
  log.info("request_failed", "t");
  const time = Date.parse(String(parsed(written)["time"]));
  assert(time >= before && time <= Date.now());
});

Deno.test("Logger never throws, whatever a field holds", () => {
  const loop: Record<string, unknown> = {};
  loop["loop"] = loop;
  const { log, written } = logger();
  for (
    const field of [1n, loop, {
      toJSON: () => {
        throw new Error("no");
      },
    }]
  ) log.error("request_failed", "t", { field });
  assertEquals(written.length, 3);
});

Deno.test("Logger lets no field take the place of time, level or event", () => {
  const { log, written } = logger();
  log.info("ready", "t", { level: "error", event: "other", time: "never" });
  const { level, event } = parsed(written);
  assertEquals([level, event], ["info", "ready"]);
});

Deno.test("Logger.toggleDebug turns debug on and off, and says so at any level", () => {
  for (const level of LOG_LEVELS) {
    const { log, written } = logger({ level });
    log.toggleDebug("SIGUSR2");
    log.toggleDebug("SIGUSR2");
    assertEquals(log.level, level, `${level} after two`);
    const told = written.map((line) => JSON.parse(line).level);
    assertEquals(told, written.map(() => "info"));
    assertEquals(written.length, 2);
  }
});

Deno.test("Logger.toggleDebug goes back to what a reload has configured meanwhile", () => {
  const { log } = logger({ level: "info" });
  log.toggleDebug("SIGUSR2");
  log.configure("error");
  assertEquals(log.level, "error");
  log.toggleDebug("SIGUSR2");
  log.toggleDebug("SIGUSR2");
  assertEquals(log.level, "error");
});

Deno.test("Logger.setLevel is said where either level is heard", () => {
  for (const [from, to, isHeard] of [["error", "info", true], ["info", "error", true]] as const) {
    const { log, written } = logger({ level: from });
    log.setLevel(to, "x");
    assertEquals([log.level, written.length > 0], [to, isHeard]);
  }
  const { log, written } = logger({ level: "error" });
  log.setLevel("warning", "x");
  assertEquals([log.level, written], ["warning", []]);
});

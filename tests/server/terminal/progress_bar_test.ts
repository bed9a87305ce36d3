import { assertEquals, assertStringIncludes } from "@std/assert";
import { bannerLines, ProgressBar } from "../../../server/terminal/mod.ts";

/** A bar on a terminal that only remembers, under a clock that stands still. */
function barAt(startMs = 0) {
  const drawn: string[] = [];
  const clock = { now: startMs };
  const write = (text: string) => void drawn.push(text);
  const bar = new ProgressBar({ label: "closing", write, now: () => clock.now });
  return { bar, drawn, clock };
}

Deno.test("ProgressBar draws nothing for work that is over within a second", () => {
  const { bar, drawn, clock } = barAt();
  clock.now = 999;
  bar.update(5, 10);
  bar.clear();
  assertEquals(drawn, []);
});

Deno.test("ProgressBar shows how many of how many, half filled at half time", () => {
  const { bar, drawn, clock } = barAt();
  clock.now = 1_000;
  bar.update(5, 10);
  assertEquals(drawn, [`\rclosing ${"█".repeat(15)}${"░".repeat(15)} 5/10`]);
});

Deno.test("ProgressBar draws again after a tenth of a second, not before", () => {
  const { bar, drawn, clock } = barAt();
  for (clock.now = 1_000; clock.now < 1_200; clock.now += 10) bar.update(clock.now, 2_000);
  assertEquals(drawn.length, 2);
});

Deno.test("ProgressBar survives work of nothing", () => {
  const { bar, drawn, clock } = barAt();
  clock.now = 2_000;
  bar.update(0, 0);
  assertStringIncludes(drawn.join(""), "0/0");
});

Deno.test("ProgressBar wipes its line", () => {
  const { bar, drawn, clock } = barAt();
  clock.now = 2_000;
  bar.update(1, 2);
  bar.clear();
  assertEquals(drawn.at(-1), "\r\x1b[2K");
});

Deno.test("bannerLines tells version, time, addresses, history and how to stop", () => {
  const facts = { url: "http://127.0.0.1:9000", startupMs: 38, history: "h.db", hasColour: false };
  const text = bannerLines(facts).join("\n");
  for (const part of ["ready in 38 ms", "ws://127.0.0.1:9000/channels/lobby", "h.db", "Ctrl-C"]) {
    assertStringIncludes(text, part);
  }
  assertEquals(text.includes("\x1b"), false);
});

Deno.test("bannerLines is coloured on a terminal that has colours", () => {
  const facts = { url: "http://127.0.0.1:9000", startupMs: 38, history: "h.db", hasColour: true };
  assertStringIncludes(bannerLines(facts).join("\n"), "\x1b[36m");
});

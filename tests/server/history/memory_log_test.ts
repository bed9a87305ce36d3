import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { MemoryLog } from "../../../server/history/mod.ts";
import { draft, fill, fromTo, offsets, read, START_MS, texts } from "./contract/requirement.ts";
import { testHistoryLog } from "./history_log_contract.ts";

testHistoryLog("MemoryLog", {
  open: (options) => Promise.resolve(new MemoryLog(options)),
});

const KEEPS = { retention: () => ({ size: 1_000, ttlMs: 3_600_000 }), now: () => START_MS };

/** What one publication of 10 000 characters costs, and a little. */
const ABOUT_10K = 10_700;

/** Appends one publication of 10 000 characters. */
async function append10K(log: MemoryLog, channel: string): Promise<void> {
  await log.append([draft(channel, "x".repeat(10_000))]);
}

Deno.test("MemoryLog forgets the channel that was used longest ago when it is full", async () => {
  const log = new MemoryLog({ ...KEEPS, maxBytes: 3 * ABOUT_10K });
  for (const channel of ["a", "b", "c"]) await append10K(log, channel);
  assertEquals(log.usage().channels, 3);
  await append10K(log, "d");
  assertEquals(log.usage().channels, 3);
  assertEquals(offsets(await read(log, "b")), [1]);
  assertEquals(offsets(await read(log, "c")), [1]);
});

Deno.test("MemoryLog begins a new epoch for a channel that it has forgotten", async () => {
  const log = new MemoryLog({ ...KEEPS, maxBytes: 2 * ABOUT_10K });
  await append10K(log, "a");
  const { top } = await read(log, "a");
  for (const channel of ["b", "c", "d"]) await append10K(log, channel);
  const [outcome] = await log.append([draft("a", "new life")]);
  assert(outcome?.kind === "stored");
  assertEquals(outcome.position.offset, 1);
  assertNotEquals(outcome.position.epoch, top.epoch);
});

Deno.test("MemoryLog forgets a channel whole, never a part of it", async () => {
  const log = new MemoryLog({ ...KEEPS, maxBytes: 5 * ABOUT_10K });
  for (let times = 0; times < 4; times++) await append10K(log, "a");
  await append10K(log, "b");
  await append10K(log, "b");
  assertEquals((await read(log, "a")).top.offset, 0);
  assertEquals(offsets(await read(log, "b")), [1, 2]);
});

Deno.test("MemoryLog never forgets the channel that is being appended to", async () => {
  const log = new MemoryLog({ ...KEEPS, maxBytes: ABOUT_10K });
  for (let times = 0; times < 3; times++) await append10K(log, "a");
  assertEquals(offsets(await read(log, "a")), [1, 2, 3]);
});

Deno.test("MemoryLog stays within its bytes however many channels are used", async () => {
  const log = new MemoryLog({ ...KEEPS, maxBytes: 1_000_000 });
  for (const number of fromTo(1, 2_000)) await append10K(log, `room:${number}`);
  assert(log.usage().bytes <= 1_000_000, `${log.usage().bytes} bytes`);
  assert(log.usage().channels > 80, `${log.usage().channels} channels`);
});

Deno.test("MemoryLog counts bytes down again when it trims", async () => {
  const log = new MemoryLog({ ...KEEPS, retention: () => ({ size: 3, ttlMs: 3_600_000 }) });
  for (let times = 0; times < 3; times++) await append10K(log, "a");
  const { bytes } = log.usage();
  for (let times = 0; times < 1_000; times++) await append10K(log, "a");
  assertEquals(log.usage().bytes, bytes);
});

Deno.test("MemoryLog counts right after it has forgotten a channel that was trimmed", async () => {
  const retention = () => ({ size: 3, ttlMs: 3_600_000 });
  const log = new MemoryLog({ ...KEEPS, retention, maxBytes: 5 * ABOUT_10K });
  for (let times = 0; times < 100; times++) await append10K(log, "trimmed");
  for (let times = 0; times < 3; times++) await append10K(log, "other");
  assertEquals(log.usage().channels, 1);
  const { bytes } = log.usage();
  assert(bytes > 30_000 && bytes < 3 * ABOUT_10K, `${bytes} bytes`);
});

Deno.test("MemoryLog is bounded in channels too", async () => {
  const log = new MemoryLog({ ...KEEPS, maxBytes: 100_000 });
  await log.tops(fromTo(1, 10_000).map((number) => `room:${number}`));
  assert(log.usage().channels < 1_000, `${log.usage().channels} channels`);
});

Deno.test("MemoryLog is empty after it is closed", async () => {
  const log = new MemoryLog(KEEPS);
  await fill(log, "a", { count: 10 });
  await log.close();
  assertEquals(log.usage(), { channels: 0, bytes: 0 });
});

Deno.test(
  "MemoryLog does not forget what is published for what is only asked for",
  async () => {
    const log = new MemoryLog({ ...KEEPS, maxBytes: 100_000 });
    await log.append([draft("used", "kept")]);
    for (const number of fromTo(1, 1_000)) await read(log, `asked:${number}`, { limit: 1 });
    assertEquals(texts(await read(log, "used")), ["kept"]);
  },
);

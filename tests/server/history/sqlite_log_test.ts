import { assertEquals, assertRejects } from "@std/assert";
import { draft, offsets, offsetsOf, read, START_MS, texts } from "./contract/requirement.ts";
import { testHistoryLog } from "./history_log_contract.ts";
import { SQLITE } from "./sqlite_folder.ts";

testHistoryLog("SqliteLog", SQLITE);

const KEEPS = { retention: () => ({ size: 1_000, ttlMs: 3_600_000 }), now: () => START_MS };

Deno.test("SqliteLog stores nothing of a batch that fails, and uses no offset for it", async () => {
  const log = await SQLITE.open(KEEPS);
  await log.append([draft("a", 1)]);
  // No column takes a time that is no number: the batch fails at its last draft.
  const drafts = [draft("a", 2), draft("b", 1), draft("a", 3, NaN)];
  const outcomes = await log.append(drafts);
  assertEquals(outcomes.map(({ kind }) => kind), ["failed", "failed", "failed"]);
  assertEquals(texts(await read(log, "a")), ["1"]);
  assertEquals((await log.tops(["a", "b"])).map(({ offset }) => offset), [1, 0]);
  assertEquals(offsetsOf(await log.append([draft("a", 2), draft("b", 1)])), [2, 1]);
  await log.close();
  await SQLITE.remove(log);
});

Deno.test("SqliteLog remembers no idempotency key of a batch that fails", async () => {
  const log = await SQLITE.open(KEEPS);
  const keyed = { ...draft("a", 1), idempotency: { key: "k", digest: "d" } };
  await log.append([keyed, draft("a", 2, NaN)]);
  assertEquals(offsetsOf(await log.append([keyed])), [1]);
  await log.close();
  await SQLITE.remove(log);
});

Deno.test(
  "SqliteLog hands out no page with a hole after the clock has gone back",
  async () => {
    let now = START_MS + 10_000;
    const log = await SQLITE.open({
      retention: () => ({ size: 100, ttlMs: 6_000 }),
      now: () => now,
    });
    const times = [START_MS + 10_000, START_MS + 5_000, START_MS + 10_000];
    await log.append(times.map((time, index) => draft("a", index, time)));
    now = START_MS + 11_500;
    const [first = 0, ...rest] = offsets(await read(log, "a"));
    assertEquals(rest, rest.map((_, index) => first + 1 + index));
    await log.close();
    await SQLITE.remove(log);
  },
);

Deno.test("SqliteLog remembers no version of a batch that fails", async () => {
  const log = await SQLITE.open(KEEPS);
  const versioned = { ...draft("a", 1), version: { number: 5, epoch: "" } };
  await log.append([versioned, draft("a", 2, NaN)]);
  assertEquals(offsetsOf(await log.append([versioned])), [1]);
  await log.close();
  await SQLITE.remove(log);
});

Deno.test("SqliteLog rejects a removal that cannot be kept", async () => {
  const log = await SQLITE.open(KEEPS);
  await log.append([draft("a", 1)]);
  // What cannot be written any more stands for a broken disk.
  await log.close();
  await assertRejects(() => log.remove("a"), Error, "Cannot remove the publications of channel a");
  await SQLITE.remove(log);
});

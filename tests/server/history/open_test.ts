import { assertEquals } from "@std/assert";
import type { ChannelsConfig } from "../../../server/config/mod.ts";
import { OPEN_CHANNEL } from "../../../server/config/mod.ts";
import { MemoryLog, openHistory, retentionOf, SqliteLog } from "../../../server/history/mod.ts";
import { fill, offsets, read } from "./contract/requirement.ts";

const CHANNELS: ChannelsConfig = {
  withoutNamespace: { ...OPEN_CHANNEL, historySize: 5, historyTtlMs: 1_000 },
  namespaces: new Map([["chat", { ...OPEN_CHANNEL, historySize: 7, historyTtlMs: 2_000 }]]),
};

const RETENTIONS: Readonly<Record<string, readonly [size: number, ttlMs: number]>> = {
  "lobby": [5, 1_000],
  "chat:42": [7, 2_000],
  "$chat:42": [7, 2_000],
  "gone:42": [5, 1_000],
};

for (const [channel, [size, ttlMs]] of Object.entries(RETENTIONS)) {
  Deno.test(`retentionOf gives ${channel} ${size} publications for ${ttlMs} ms`, () => {
    assertEquals(retentionOf(channel, CHANNELS), { size, ttlMs });
  });
}

const UNHEARD = { onTrimming: () => {}, onRedis: () => {}, onError: () => {} };

Deno.test("openHistory opens the log that data names, with the retention given", async () => {
  const folder = await Deno.makeTempDir({ prefix: "midgard_" });
  const retention = (channel: string) => ({ size: channel === "a" ? 2 : 3, ttlMs: 3_600_000 });
  for (const [data, kind] of [["memory", MemoryLog], [`${folder}/a.db`, SqliteLog]] as const) {
    const { log } = await openHistory({ data, durability: "commit" }, { retention, ...UNHEARD });
    assertEquals(log instanceof kind, true);
    for (const channel of ["a", "b"]) await fill(log, channel, { count: 5, time: Date.now() });
    assertEquals(offsets(await read(log, "a")), [4, 5]);
    assertEquals(offsets(await read(log, "b")), [3, 4, 5]);
    await log.close();
  }
  await Deno.remove(folder, { recursive: true });
});

/**
 * P3 on a full disk: publications are refused and not half stored, reading goes on, one line says
 * what is wrong, and it heals when space comes back. The disk is a small one in memory, which only
 * a privileged user can mount: elsewhere the tests are skipped, and their names say why.
 */
import { assert, assertEquals } from "@std/assert";
import { assertStopped, report } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, Midgard, type RunningMidgard } from "../helpers/midgard.ts";
import { Publishers, readLog, settle } from "../helpers/publishers.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { assertKept } from "./durable_load.ts";
import { makeVersion1 } from "../server/history/version_1_file.ts";

const DISK_BYTES = 8 * 1_024 * 1_024;
/** What is on the disk besides, and can be removed to make space. */
const BALLAST_BYTES = 2 * 1_024 * 1_024;
const CHANNELS = ["full-a", "full-b"];
/** Refusals in a row before a publisher ends: 8 publishers make 400 at the least. */
const MAX_REFUSALS = 50;
/** Small publications fit where larger batches do not, so the edge may be met more than once. */
const MOST_LINES = 10;

function run(command: string, ...args: string[]): boolean {
  try {
    const options = { args, stdout: "null", stderr: "null" } as const;
    return new Deno.Command(command, options).outputSync().success;
  } catch {
    return false;
  }
}

/** A disk of its own. Dispose of it with `using`. */
class SmallDisk implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "midgard-disk-" });
  readonly isMounted: boolean;

  constructor() {
    const options = `size=${DISK_BYTES}`;
    this.isMounted = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", this.path);
  }

  get dataArgs(): string[] {
    return ["--data", `${this.path}/midgard.db`, "--history-size", "1000000"];
  }

  addBallast(): void {
    Deno.writeFileSync(`${this.path}/ballast`, new Uint8Array(BALLAST_BYTES));
  }

  /** Leaves no byte free. */
  fill(): void {
    // Fails where the disk ends, and is meant to.
    run("sh", "-c", `head -c ${DISK_BYTES} /dev/zero > "$0"`, `${this.path}/ballast`);
  }

  removeBallast(): void {
    Deno.removeSync(`${this.path}/ballast`);
  }

  [Symbol.dispose](): void {
    if (this.isMounted) run("umount", this.path);
    Deno.removeSync(this.path);
  }
}

function canMount(): boolean {
  using disk = new SmallDisk();
  return disk.isMounted;
}

const isPossible = canMount();
const skipped = isPossible ? "" : ", skipped: mounting a small disk needs privileges";

function onSmallDisk(name: string, test: Parameters<typeof forEachMode>[1]): void {
  forEachMode(`${name}${skipped}`, test, { ignore: !isPossible });
}

function newPublishers(): Publishers {
  const options = { padding: 2_000, maxRefusals: MAX_REFUSALS };
  return new Publishers({ count: 8, channels: CHANNELS, ...options });
}

async function assertNothingLost({ port }: RunningMidgard, publishers: Publishers): Promise<void> {
  const logs = new Map<string, Awaited<ReturnType<typeof readLog>>>();
  for (const channel of CHANNELS) logs.set(channel, await readLog(port, channel));
  assertKept(settle(publishers.sent, logs));
}

/** Every refusal said 503, and that the publication was not stored. */
function assertRefusals({ sent }: Publishers): void {
  const refusals = sent.flatMap(({ answer }) => answer.kind === "refused" ? [answer] : []);
  assert(refusals.length >= MAX_REFUSALS, `only ${refusals.length} refusals: the disk is not full`);
  for (const { status, body } of refusals) {
    assertEquals([status, JSON.parse(body).error.code], [503, "not_stored"]);
  }
}

onSmallDisk("a full disk refuses publications, loses none, and heals", async (mode) => {
  using disk = new SmallDisk();
  disk.addBallast();
  await using server = await Midgard.start({ mode, args: disk.dataArgs });
  using reader = new SseReader({ channel: CHANNELS[0]!, query: "since=0" });
  const reading = reader.read(server.port);
  const publishers = newPublishers();
  await publishers.run(server.port);
  assertRefusals(publishers);
  const [line, ...more] = server.log.of("store_failed");
  assert(`${line?.["message"]}`.includes("disk is full"), JSON.stringify(line));
  assert(more.length < MOST_LINES, `${more.length + 1} lines for ${publishers.refused} refusals`);
  await assertNothingLost(server, publishers);
  for (const path of ["/healthz", "/readyz", "/channels"]) {
    assertEquals((await request(server.port, `GET ${path}`)).status, 200, path);
  }

  const [acknowledged, restored] = [
    publishers.acknowledged,
    server.log.of("store_restored").length,
  ];
  disk.removeBallast();
  const publishing = publishers.run(server.port);
  await publishers.until((now) => now.acknowledged >= acknowledged + 200, { what: "it to heal" });
  assert(server.log.of("store_restored").length > restored, `${server.log}`);
  publishers.stop();
  await publishing;
  await assertNothingLost(server, publishers);
  const { top } = await readLog(server.port, CHANNELS[0]!);
  await reader.until(({ position }) => position.offset === top, { what: "the reader" });
  assertEquals(reader.offsets.length, top);
  report(`${mode}: ${publishers.acknowledged} acknowledged, ${publishers.refused} refused`);
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
  assertEquals((await reading).kind, "whole");
});

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  onSmallDisk(`${signal} on a full disk loses nothing that was acknowledged`, async (mode) => {
    using disk = new SmallDisk();
    disk.addBallast();
    const publishers = newPublishers();
    {
      await using server = await Midgard.start({ mode, args: disk.dataArgs });
      await publishers.run(server.port);
      assertRefusals(publishers);
      const exit = await server.stop(signal);
      // Whatever was acknowledged is stored, and that is what 0 means.
      if (signal === "SIGINT") assertStopped(exit, { clients: 0 });
    }
    disk.removeBallast();
    await using server = await Midgard.start({ mode, args: disk.dataArgs });
    await assertNothingLost(server, publishers);
    assertEquals((await request(server.port, "POST /channels/more", { body: "x" })).status, 200);
    assertStopped(await server.stop(), { clients: 0 });
  });
}

onSmallDisk("a new history on a full disk is refused in one line", async (mode) => {
  using disk = new SmallDisk();
  disk.fill();
  await using server = Midgard.spawn({ mode, args: disk.dataArgs });
  const { code } = await server.exit();
  assertEquals([code, server.log.invalid], [1, []], `${server.log}`);
  assertEquals(server.log.lines.map(({ event }) => event), ["start_failed"]);
  const message = `${server.log.lines[0]?.["message"]}`;
  assert(message.includes(disk.path) && message.includes("disk is full"), message);
});

onSmallDisk("an old history on a full disk is refused as it is, and served later", async (mode) => {
  using disk = new SmallDisk();
  const path = `${disk.path}/midgard.db`;
  makeVersion1(path);
  const before = Deno.readFileSync(path);
  disk.fill();
  {
    await using server = Midgard.spawn({ mode, args: disk.dataArgs });
    assertEquals((await server.exit()).code, 1, `${server.log}`);
    const message = `${server.log.of("start_failed")[0]?.["message"]}`;
    assert(message.includes(path) && message.includes("disk is full"), message);
    assertEquals(Deno.readFileSync(path), before);
  }
  disk.removeBallast();
  await using server = await Midgard.start({ mode, args: disk.dataArgs });
  const { body } = await request(server.port, "POST /channels/a", { body: "x" });
  assertEquals(JSON.parse(body), { epoch: "firstone", offset: 6 });
  assertStopped(await server.stop(), { clients: 0 });
});

import { assert, assertEquals, assertMatch } from "@std/assert";
import { assertStopped, connectPeers, medianAndMax, report } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import type { Mode, RunningMidgard } from "../helpers/midgard.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { gapsMs, NotifyListener } from "../helpers/notify_listener.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { sleep, waitFor } from "../helpers/wait.ts";

interface Service {
  readonly mode: Mode;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A server as a service manager would start it. */
function startService(
  { address }: NotifyListener,
  { mode, args = [], env = {} }: Service,
): Promise<RunningMidgard> {
  return Midgard.start({ mode, args, env: { NOTIFY_SOCKET: address, ...env } });
}

forEachMode("a service manager is told of start, reload and stop, in order", async (mode) => {
  using manager = new NotifyListener();
  await using server = await startService(manager, { mode });
  await manager.until("READY");
  assertEquals((await request(server.port, "GET /readyz")).status, 200);
  server.signal("SIGHUP");
  await manager.until("READY", 2);
  using _peer = await RawPeer.connect({ port: server.port });
  assertStopped(await server.stop("SIGTERM"), { clients: 1, closed_cleanly: 1 });
  await manager.until("STOPPING");
  assertEquals(manager.states, ["READY", "RELOADING", "READY", "STOPPING"], String(manager));
  assertEquals(manager.of("STATUS").slice(0, 3), ["Starting", "Ready, clients: 0", "Reloading"]);
  assertEquals(manager.of("WATCHDOG"), [], "nobody asked for signs of life");
  assertEquals(server.log.of("notify_failed"), []);
});

forEachMode("a reload that is refused is over for a service manager too", async (mode) => {
  using manager = new NotifyListener();
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/midgard.json`, "{}");
    const args = ["--config", `${folder}/midgard.json`];
    await using server = await startService(manager, { mode, args });
    await Deno.writeTextFile(`${folder}/midgard.json`, "{");
    server.signal("SIGHUP");
    await manager.until("READY", 2);
    assertEquals(server.log.of("reload_refused").length, 1);
    assertEquals(manager.states, ["READY", "RELOADING", "READY"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

forEachMode("a service that waits for its port asks for the time", async (mode) => {
  using manager = new NotifyListener();
  await using first = await Midgard.start({ mode, args: ["--data", "memory"] });
  const env = { NOTIFY_SOCKET: manager.address };
  const args = ["--port", String(first.port), "--data", "memory", "--bind-timeout", "20s"];
  await using second = Midgard.spawn({ mode, args, env });
  await manager.until("EXTEND_TIMEOUT_USEC");
  assertEquals(manager.of("EXTEND_TIMEOUT_USEC"), ["41000000"]);
  assertEquals(manager.states, []);
  assertEquals((await first.stop()).code, 0);
  await manager.until("READY");
  assertEquals((await second.ready).port, first.port);
});

const WATCHDOG_MS = 500;

forEachMode(
  "signs of life come twice in each period, and only while the loop turns",
  async (mode) => {
    using manager = new NotifyListener();
    const env = { WATCHDOG_USEC: String(WATCHDOG_MS * 1_000) };
    await using server = await startService(manager, { mode, env });
    await manager.until("WATCHDOG", 13);
    const beats = manager.notifications.filter(({ values }) => values.has("WATCHDOG"));
    // The first one comes while the program is still being started.
    const gaps = gapsMs(beats.slice(1));
    report(`${mode}: signs of life every ${WATCHDOG_MS / 2} ms wanted, ${medianAndMax(gaps)}`);
    assert(Math.max(...gaps) < WATCHDOG_MS, `a service manager had killed it: ${gaps}`);
    assert(gaps.toSorted((a, b) => a - b)[5]! > WATCHDOG_MS / 2 - 50, `too often: ${gaps}`);

    server.signal("SIGSTOP");
    // The behaviour is silence: what was sent before may still come at first.
    await sleep(100);
    const before = manager.of("WATCHDOG").length;
    await sleep(3 * WATCHDOG_MS);
    assertEquals(manager.of("WATCHDOG").length, before, "a process that stands is not alive");
    server.signal("SIGCONT");
    await manager.until("WATCHDOG", before + 1);
    assertStopped(await server.stop("SIGTERM"), {});
  },
);

forEachMode("signs of life that another process owes are not given", async (mode) => {
  using manager = new NotifyListener();
  const env = { WATCHDOG_USEC: "20000", WATCHDOG_PID: "1" };
  await using server = await startService(manager, { mode, env });
  await manager.until("READY");
  await server.stop("SIGTERM");
  await manager.until("STOPPING");
  assertEquals(manager.of("WATCHDOG"), []);
});

forEachMode("a stop that takes long asks for time, within its own timeout", async (mode) => {
  using manager = new NotifyListener();
  const args = ["--close-timeout", "3300ms", "--stop-timeout", "4s"];
  await using server = await startService(manager, { mode, args });
  const peers = await connectPeers(server.port, 2);
  using _silent = await RawPeer.connect({ port: server.port, closeReply: { kind: "never" } });
  assertStopped(await server.stop("SIGTERM"), { clients: 3, terminated: 1 });
  for (const peer of peers) await peer.closed;
  await manager.until("EXTEND_TIMEOUT_USEC", 4);
  const stopping = manager.notifications.filter(({ values }) => values.has("EXTEND_TIMEOUT_USEC"));
  const stopAtMs = stopping[0]!.atMs;
  for (const { values, atMs } of stopping) {
    const untilMs = atMs - stopAtMs + Number(values.get("EXTEND_TIMEOUT_USEC")) / 1_000;
    assert(untilMs <= 4_000 + 1_000 + 250, `asked for time until ${untilMs} ms`);
  }
  assert(stopping.length >= 4 && Math.max(...gapsMs(stopping)) < 2_000, String(manager));
  assert(manager.of("STATUS").includes("Stopping: 2 of 3 connections closed"), String(manager));
});

forEachMode("a kill tells nothing and leaves nothing behind", async (mode) => {
  using manager = new NotifyListener();
  const folder = await Deno.makeTempDir();
  try {
    await using server = await startService(manager, { mode, env: { TMPDIR: folder } });
    await manager.until("READY");
    server.signal("SIGKILL");
    assertEquals((await server.exit()).signal, "SIGKILL");
    assertEquals(manager.states, ["READY"]);
    const left = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
    assertEquals(left.filter((name) => name.startsWith("notify-")), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const UNREACHABLE = {
  "there is no such socket": { NOTIFY_SOCKET: "/nowhere/notify" },
  "its address is of another kind": { NOTIFY_SOCKET: "vsock:2:1234" },
  "there is no folder for temporary files": { NOTIFY_SOCKET: "/nowhere/x", TMPDIR: "/nowhere" },
};

for (const [name, env] of Object.entries(UNREACHABLE)) {
  forEachMode(`a service manager that cannot be told is logged once: ${name}`, async (mode) => {
    await using server = await Midgard.start({ mode, env: { ...env, WATCHDOG_USEC: "20000" } });
    await server.log.next("notify_failed");
    using peer = await RawPeer.connect({ port: server.port, path: "/channels/a?echo=1" });
    await peer.text("still there");
    await peer.until(({ messageCount }) => messageCount === 1, { what: "the echo" });
    assertStopped(await server.stop("SIGTERM"), { clients: 1, closed_cleanly: 1 });
    const lines = server.log.of("notify_failed");
    assertEquals(lines.map(({ level }) => level), ["warning"]);
    assertMatch(String(lines[0]?.["message"]), /the service manager cannot be told/);
  });
}

forEachMode("a watchdog period that is no number is logged", async (mode) => {
  using manager = new NotifyListener();
  await using server = await startService(manager, { mode, env: { WATCHDOG_USEC: "soon" } });
  assertMatch(
    String((await server.log.next("notify_failed"))?.["message"]),
    /"WATCHDOG_USEC" must/,
  );
  await manager.until("READY");
});

forEachMode("a service manager that does not read holds nobody up", async (mode) => {
  using manager = new NotifyListener({ isDeaf: true });
  await using server = await startService(manager, { mode, env: { WATCHDOG_USEC: "10000" } });
  await server.log.next("notify_failed");
  const exit = await server.stop("SIGTERM");
  assertStopped(exit, {});
  assert(exit.elapsedSinceSignalMs < 1_500, `the stop took ${exit.elapsedSinceSignalMs} ms`);
  assertEquals(server.log.of("notify_failed").length, 1);
});

forEachMode("an abstract address needs a runtime that can send there", async (mode) => {
  using manager = new NotifyListener({ isAbstract: true });
  await using server = await startService(manager, { mode });
  const told = () => manager.of("READY").length > 0;
  const logged = () => server.log.of("notify_failed").length > 0;
  await waitFor(() => told() || logged(), { what: "the manager or the log to be told" });
  assertEquals([told(), logged()], await canSendAbstract(mode) ? [true, false] : [false, true]);
});

/** The executable may contain an older runtime than the one that runs the tests. */
async function canSendAbstract(mode: Mode): Promise<boolean> {
  const { stdout } = await Midgard.spawn({ mode, args: ["--version"] }).exited;
  const [, major, minor] = /Deno (\d+)\.(\d+)/.exec(stdout) ?? [];
  return Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 9);
}

import { assertEquals, assertThrows } from "@std/assert";
import type { LifecycleState } from "../../lifecycle/mod.ts";
import { serviceManagerOf } from "../../lifecycle/mod.ts";
import { ServiceManager } from "../../lifecycle/service_manager.ts";
import { NotifySocket } from "../../lifecycle/systemd.ts";
import { NotifyListener } from "../helpers/notify_listener.ts";
import { FakeClock } from "./fake_clock.ts";

const signal = "SIGTERM";
const DRAINING: LifecycleState = { kind: "draining", signal };
const CLOSING: LifecycleState = { kind: "closing", signal };

/** What was sent, one message after the other. */
class Messages {
  readonly sent: string[] = [];

  send(message: string): void {
    this.sent.push(message);
  }

  /** Every value of a name. */
  of(name: string): string[] {
    return this.sent.flatMap((message) => message.split("\n"))
      .filter((line) => line.startsWith(`${name}=`))
      .map((line) => line.slice(name.length + 1));
  }

  [Symbol.dispose](): void {}
}

function managerOf(
  socket: Messages,
  options: { readonly watchdogMs?: number; readonly status?: () => string } = {},
): ServiceManager {
  return new ServiceManager(socket, {
    ...{ startTimeoutMs: 0, stopTimeoutMs: 8_000, watchdogMs: undefined, status: () => "Ready" },
    ...options,
  });
}

Deno.test("serviceManagerOf knows of none without NOTIFY_SOCKET", async () => {
  const environment = { NOTIFY_SOCKET: undefined, WATCHDOG_USEC: "1000", WATCHDOG_PID: undefined };
  const options = { startTimeoutMs: 0, stopTimeoutMs: 1, status: () => "", onError: () => {} };
  assertEquals(await serviceManagerOf(environment, options), undefined);
});

Deno.test("ServiceManager asks for no time beyond that of the stop", async () => {
  const messages = new Messages();
  using clock = new FakeClock();
  using manager = managerOf(messages);
  manager.tellState({ kind: "ready" });
  manager.tellState(DRAINING);
  await clock.advance(1_500);
  manager.tellState(CLOSING);
  await clock.advance(20_000);
  const asked = messages.of("EXTEND_TIMEOUT_USEC").map((usec) => Number(usec) / 1_000);
  // At 0, 1, 1.5, 2, … 7 s; no more than 1 s beyond the 8 s that the stop may take.
  const expected = [5_000, 5_000, 5_000, 5_000, 5_000, 5_000, 4_000, 3_000, 2_000];
  assertEquals(asked, expected);
});

Deno.test("ServiceManager tells how far the closing is when it asks for time", async () => {
  const messages = new Messages();
  using clock = new FakeClock();
  using manager = managerOf(messages);
  manager.tellState(DRAINING);
  manager.tellState(CLOSING);
  manager.tellProgress({ clients: 9, closedCleanly: 4, terminated: 1 });
  manager.tellProgress({ clients: 9, closedCleanly: 5, terminated: 1 });
  await clock.advance(1_000);
  assertEquals(messages.of("STATUS"), [
    "Starting",
    "Stopping: not ready, nothing is closed yet",
    "Stopping: closing connections",
    "Stopping: 6 of 9 connections closed",
  ]);
});

Deno.test("ServiceManager tells a status when it is another one, on one line", async () => {
  const messages = new Messages();
  using clock = new FakeClock();
  let clients = 0;
  using manager = managerOf(messages, { status: () => `clients:\nREADY=${clients}` });
  manager.tellState({ kind: "ready" });
  await clock.advance(60_000);
  clients = 7;
  await clock.advance(60_000);
  assertEquals(messages.of("STATUS"), ["Starting", "clients: READY=0", "clients: READY=7"]);
  assertEquals(messages.of("READY"), ["1"]);
});

Deno.test("ServiceManager tells of reloads only while it is ready", async () => {
  const messages = new Messages();
  using clock = new FakeClock();
  using manager = managerOf(messages);
  manager.tellReloading(true);
  manager.tellReloading(false);
  manager.tellState({ kind: "ready" });
  manager.tellReloading(true);
  manager.tellState(DRAINING);
  manager.tellReloading(false);
  await clock.advance(0);
  const states = messages.sent.map((message) => message.split("\n")[0]);
  assertEquals(states, ["STATUS=Starting", "READY=1", "RELOADING=1", "STOPPING=1"]);
});

Deno.test("ServiceManager gives a sign of life at once and then each half of the period", async () => {
  const messages = new Messages();
  using clock = new FakeClock();
  using manager = managerOf(messages, { watchdogMs: 3_000 });
  manager.tellState({ kind: "ready" });
  await clock.advance(6_000);
  assertEquals(messages.of("WATCHDOG").length, 5);
  manager[Symbol.dispose]();
  manager[Symbol.dispose]();
  await clock.advance(6_000);
  assertEquals(messages.of("WATCHDOG").length, 5);
  assertEquals(clock.pending, 0);
});

Deno.test("NotifySocket keeps the order and says what it had to drop", async () => {
  using listener = new NotifyListener();
  const errors: unknown[] = [];
  using socket = new NotifySocket(listener.address, (error) => errors.push(error));
  for (let index = 0; index < 30; index++) socket.send(`N=${index}`);
  // One is on its way, 16 wait.
  assertEquals(
    errors.map(String),
    Array(13).fill("Error: Cannot send as 16 messages wait to be read"),
  );
  await listener.until("N", 17);
  assertEquals(listener.of("N"), Array.from({ length: 17 }, (_, index) => String(index)));
});

Deno.test("NotifySocket takes a path or an abstract name", () => {
  assertThrows(() => new NotifySocket("vsock:2:1", () => {}), TypeError, `"vsock:2:1"`);
});

import { assertEquals } from "@std/assert";
import { ClosingHandshakes } from "../../../lifecycle/mod.ts";
import { WebSocketTransport } from "../../../server/session/mod.ts";
import { FakeClock } from "../../lifecycle/fake_clock.ts";
import { FakeSocket } from "./fake_socket.ts";

/** A transport that may hold 100 000 bytes, its socket, and what it answers once it is drained. */
function scene() {
  const socket = new FakeSocket();
  const transport = new WebSocketTransport(
    socket.asWebSocket,
    new ClosingHandshakes(3_000),
    100_000,
  );
  const answers: boolean[] = [];
  const drain = () => void transport.drained().then((isDrained) => answers.push(isDrained));
  return { socket, transport, answers, drain };
}

Deno.test("WebSocketTransport says when more is left unread than may be", () => {
  const { socket, transport } = scene();
  const frame = "x".repeat(70_000);
  socket.bufferedAmount = 100_000;
  assertEquals(transport.send(frame), true);
  socket.bufferedAmount = 100_001;
  assertEquals(transport.send(frame), false);
});

Deno.test("WebSocketTransport.drained waits until little enough is left", async () => {
  using clock = new FakeClock();
  const { socket, answers, drain } = scene();
  socket.bufferedAmount = 90_000;
  drain();
  await clock.advance(1_000);
  assertEquals(answers, []);
  socket.bufferedAmount = 60_000;
  await clock.advance(1_000);
  assertEquals([answers, clock.pending], [[true], 0]);
});

Deno.test("WebSocketTransport.drained is false after half a minute without progress", async () => {
  using clock = new FakeClock();
  const { socket, answers, drain } = scene();
  socket.bufferedAmount = 90_000;
  drain();
  await clock.advance(29_000);
  socket.bufferedAmount = 89_000;
  await clock.advance(29_000);
  assertEquals(answers, []);
  await clock.advance(2_000);
  assertEquals([answers, clock.pending], [[false], 0]);
});

Deno.test("WebSocketTransport.drained waits no longer when the connection has ended", async () => {
  using clock = new FakeClock();
  const { socket, transport, answers, drain } = scene();
  socket.bufferedAmount = 90_000;
  drain();
  await clock.advance(100);
  transport.closed();
  await clock.advance(300);
  assertEquals([answers, clock.pending], [[true], 0]);
});

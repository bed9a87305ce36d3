/**
 * P4 for a Centrifuge client that reads too slowly: it is closed with 3008, and when it comes back
 * with its position it gets what it missed, once and in order, however much that is.
 */
import { assert, assertEquals } from "@std/assert";
import { type Line, RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import { ClientStream } from "../helpers/client_stream.ts";
import { assertProperClose, assertStopped, report } from "../helpers/expectations.ts";
import { kernelBufferBytes } from "../helpers/kernel_buffers.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { range, within } from "../helpers/wait.ts";

const SLOW = { code: 3008, reason: "slow" };
const BODY_BYTES = 50_000;
/** What the kernel takes, and twice the 1 MiB that the server keeps for a client. */
const BODIES = Math.ceil((await kernelBufferBytes() + 2_097_152) / BODY_BYTES);

/** Publishes numbered bodies, each behind the answer to the one before. */
async function flood(port: number): Promise<void> {
  for (const index of range(BODIES)) {
    const body = `${index}`.padEnd(BODY_BYTES);
    const answer = await fetch(`http://127.0.0.1:${port}/channels/flood`, { method: "POST", body });
    await answer.body?.cancel();
    assertEquals(answer.status, 200);
  }
}

/** The numbers in what was pushed and recovered, in order. */
function numbersIn(lines: readonly Line[]): number[] {
  const publications = lines.flatMap(({ push, subscribe }) =>
    push?.pub !== undefined ? [push.pub] : subscribe?.publications ?? []
  );
  return publications.map(({ data }) => parseInt(data));
}

/** The position of a client that has read all of these lines. */
function positionIn(lines: readonly Line[]): { epoch: string; offset: number } {
  const { epoch } = lines.find(({ subscribe }) => subscribe !== undefined).subscribe;
  return { epoch, offset: numbersIn(lines).length };
}

forEachMode("a slow client is closed with 3008, and recovers when it comes back", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  using slow = await RawCentrifugePeer.open({ port });
  using healthy = await RawCentrifugePeer.open({ port, keepsMessages: false });
  await slow.connect({ channel: "flood", subscribe: {} });
  await healthy.send({ connect: {}, channel: "flood", subscribe: {} });
  slow.raw.pause();
  await flood(port);
  slow.raw.resume();
  await assertProperClose(slow.raw, SLOW);
  const before = numbersIn(slow.lines);
  assert(before.length < BODIES, "it was not slow");
  using back = await RawCentrifugePeer.open({ port });
  const { epoch, offset } = positionIn(slow.lines);
  await back.connect({ channel: "flood", subscribe: { recover: true, epoch, offset } });
  const { subscribe } = await back.line("the result", (line) => line.subscribe !== undefined);
  assertEquals([subscribe.recovered, subscribe.was_recovering], [true, true]);
  await back.raw.until(() => numbersIn(back.lines).length >= BODIES - before.length, {
    what: "all that was missed",
  });
  assertEquals([...before, ...numbersIn(back.lines)], range(BODIES));
  report(
    `${mode}: ${before.length} of ${BODIES} before 3008, ` +
      `${subscribe.publications.length} in the result and the rest pushed`,
  );
  assertEquals(healthy.isClosing, false, "who reads is not slow");
  assertStopped(await server.stop(), { clients: 2, closed_cleanly: 2 });
});

forEachMode("the slow reader of a stream is told 3008, and recovers", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  const commands = [{ subscribe: { channel: "flood" } }];
  using slow = await ClientStream.open({ port, kind: "http_stream", commands });
  slow.pause();
  await flood(port);
  slow.resume();
  assertEquals(await within(slow.ended, { what: "the stream to end" }), "whole");
  assertEquals(slow.lines.at(-1), { push: { disconnect: SLOW } });
  const before = numbersIn(slow.lines);
  assert(before.length < BODIES, "it was not slow");
  const { epoch, offset } = positionIn(slow.lines);
  const recover = { channel: "flood", recover: true, epoch, offset };
  using back = await ClientStream.open({ port, kind: "sse", commands: [{ subscribe: recover }] });
  await back.until(() => numbersIn(back.lines).length >= BODIES - before.length, {
    what: "all that was missed",
  });
  assertEquals([...before, ...numbersIn(back.lines)], range(BODIES));
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
});

import { assert, assertEquals } from "@std/assert";
import { report } from "../helpers/expectations.ts";
import type { Mode } from "../helpers/midgard.ts";
import { Midgard, MODES } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";

/** The platform's idle timeout is 60 s: this is the one test that has to take its time. */
const DEADLINE_MS = 90_000;

/** One peer answers the ping, the other has nothing to say. */
async function pingsAndCuts(mode: Mode): Promise<void> {
  await using server = await Midgard.start({ mode, args: ["--data", "memory"] });
  const { port } = server;
  using silent = await RawPeer.connect({ port, path: "/channels/a", answersPings: false });
  using answering = await RawPeer.connect({ port, path: "/channels/a" });
  const startedAt = performance.now();
  const isPinged = (peer: RawPeer) => peer.pingCount > 0;
  await silent.until(isPinged, { what: "a ping", deadlineMs: DEADLINE_MS });
  const pingedAfterMs = performance.now() - startedAt;
  await silent.until((peer) => peer.closeFrames.length > 0, {
    what: "a Close for the silent peer",
    deadlineMs: DEADLINE_MS,
  });
  const closedAfterMs = performance.now() - startedAt;
  report(
    `${mode}: pinged after ${Math.round(pingedAfterMs)} ms, cut after ${
      Math.round(closedAfterMs)
    } ms`,
  );
  assertEquals(silent.closeFrames.map(({ code }) => code), [1001]);
  assert(pingedAfterMs >= 29_000 && closedAfterMs >= 59_000, "an idle peer was cut too early");
  assert(isPinged(answering), "the answering peer was not pinged");
  assertEquals(answering.closeFrames, []);
  assertEquals((await server.stop()).stopped?.clients, 1);
}

Deno.test("An idle peer is pinged and cut if it does not answer, from source and compiled", async () => {
  await Promise.all(MODES.map(pingsAndCuts));
});

import { assert, assertEquals } from "@std/assert";
import { assertStopped, connectPeers, report, STOPPING } from "../helpers/expectations.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { within } from "../helpers/wait.ts";

const CLIENTS = 10_000;
/** Descriptors that each of the two processes needs besides its sockets. */
const RESERVE = 200;

/** The hard limit on descriptors; this process raises its soft limit to it by itself. */
function hardLimit(): number {
  const { stdout } = new Deno.Command("sh", { args: ["-c", "ulimit -Hn"] }).outputSync();
  return Number(new TextDecoder().decode(stdout).trim().replace("unlimited", "Infinity"));
}

const limit = hardLimit();
const needed = CLIENTS + RESERVE;
const canRun = limit >= needed;
const reason = canRun ? "" : `: skipped, ulimit -Hn is ${limit} and ${needed} are needed`;

forEachMode(`stop closes 10000 idle clients with full handshakes${reason}`, async (mode) => {
  // Long enough for clients on a busy machine: this is about handshakes, not about time.
  const times = ["--close-timeout", "20s", "--stop-timeout", "25s"];
  const args = ["--max-connections", `${CLIENTS}`, ...times];
  await using server = await Midgard.start({ mode, args, ulimit: { soft: needed } });
  const startedAtMs = performance.now();
  const peers = await connectPeers(server.port, CLIENTS, (index) => ({
    path: `/channels/many-${index % 100}`,
    keepsMessages: false,
  }));
  const openedMs = performance.now() - startedAtMs;
  const exit = await server.stop();
  await within(Promise.all(peers.map((peer) => peer.closed)), { what: "all to be closed" });
  const codes = new Set(peers.flatMap((peer) => peer.closeFrames.map(({ code }) => code)));
  assertEquals([...codes], [STOPPING.code]);
  const isProper = peers.every(({ closeFrames, framesAfterClose, ending }) =>
    closeFrames.length === 1 && framesAfterClose === 0 && ending?.kind === "eof"
  );
  assert(isProper, peers.find(({ ending }) => ending?.kind !== "eof")?.summary());
  assertStopped(exit, { clients: CLIENTS, closed_cleanly: CLIENTS, terminated: 0, received: 0 });
  const stopMs = Math.round(exit.elapsedSinceSignalMs);
  report(`${mode}: ${CLIENTS} opened in ${Math.round(openedMs)} ms, closed in ${stopMs} ms`);
}, { ignore: !canRun });

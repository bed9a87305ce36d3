/** What a stop promises, over TLS: closing handshakes, requests and HTTP/2 streams in flight. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import { curl } from "../helpers/curl.ts";
import {
  assertProperClose,
  assertSoundLog,
  assertStopped,
  connectPeers,
  report,
} from "../helpers/expectations.ts";
import { HttpExchange } from "../helpers/http.ts";
import { forEachMode, Midgard, type Mode, type RunningMidgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, sleep, waitFor, within } from "../helpers/wait.ts";

/** A server with a certificate, and what it takes to reach it. */
async function site(mode: Mode, authority: Authority, args: readonly string[] = []) {
  const issued = await authority.issue();
  const server = await Midgard.start({ mode, args: [...issued.args, ...args] });
  return { server, tls: { caText: authority.caText }, origin: `https://localhost:${server.port}` };
}

const CLIENTS = 100;
const PAYLOAD = "0123456789".repeat(10);

forEachMode("over TLS each client is closed properly and nothing it sent is lost", async (mode) => {
  await using authority = await Authority.create();
  const { server, tls } = await site(mode, authority);
  await using _server = server;
  const peers = await connectPeers(server.port, CLIENTS, (index) => ({
    ...{ tls, path: `/channels/own-${index}`, keepsMessages: false },
  }));
  const timer = setInterval(() => {
    for (const peer of peers) if (peer.closeFrames.length === 0) void peer.text(PAYLOAD);
  }, 10);
  // The behaviour is a stop at any moment of a steady load.
  await sleep(300 + Math.random() * 300);
  const exit = await server.stop();
  clearInterval(timer);
  for (const peer of peers) await assertProperClose(peer);
  const sent = peers.reduce((sum, { sentBeforeClose }) => sum + sentBeforeClose, 0);
  assert(sent > CLIENTS * 10, `only ${sent} messages were sent: that is no load`);
  assertStopped(exit, { clients: CLIENTS, closed_cleanly: CLIENTS, terminated: 0, received: sent });
  assertSoundLog(server);
  report(`${mode}: ${sent} messages, ${exit.stopped!.received_while_closing} while closing`);
});

forEachMode("over TLS the peers that do not answer delay nobody", async (mode) => {
  await using authority = await Authority.create();
  const { server, tls } = await site(mode, authority, ["--close-timeout", "600ms"]);
  await using _server = server;
  const peers = await connectPeers(server.port, 20, () => ({ tls }));
  const silent = { tls, port: server.port, closeReply: { kind: "never" } } as const;
  using stuck = await RawPeer.connect(silent);
  // Bare connections, and one in the middle of its ClientHello.
  const halves = await Promise.all(range(3).map(() => HttpExchange.open(server.port)));
  await halves[0]!.write(new Uint8Array([22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]));
  const exit = await server.stop();
  for (const peer of peers) await assertProperClose(peer);
  assertEquals(stuck.closeFrames.map(({ code }) => code), [1001]);
  assertStopped(exit, { clients: 21, closed_cleanly: 20, terminated: 1 });
  assert(exit.elapsedSinceSignalMs < 1_500, `the stop took ${exit.elapsedSinceSignalMs} ms`);
  for (const half of halves) half[Symbol.dispose]();
});

/** Waits until so many streams are open. */
function untilStreaming(
  { port }: RunningMidgard,
  client: Deno.HttpClient,
  count: number,
): Promise<boolean> {
  const isStreaming = async () => {
    const health = await fetch(`https://localhost:${port}/healthz`, { client });
    return (await health.json()).connections === count;
  };
  return waitFor(isStreaming, { what: `${count} streams` });
}

/** Streams over one version of HTTP, which a stop ends. */
async function playStreams(mode: Mode, version: "1.1" | "2"): Promise<void> {
  await using authority = await Authority.create();
  const { server, origin } = await site(mode, authority);
  await using _server = server;
  using client = Deno.createHttpClient({ caCerts: [authority.caText] });
  const reading = range(5).map((index) =>
    curl(
      ...[version === "2" ? "--http2" : "--http1.1", "--cacert", authority.ca, "--no-buffer"],
      ...["--header", "Accept: text/event-stream", `${origin}/channels/stream-${index}`],
    )
  );
  await untilStreaming(server, client, 5);
  for (const index of range(5)) {
    const sent = await fetch(`${origin}/channels/stream-${index}`, {
      ...{ client, method: "POST", body: `for ${index}` },
    });
    assertEquals((await sent.json()).offset, 1);
  }
  const exit = await server.stop();
  const ends = await within(Promise.all(reading), { what: "curl to end" });
  for (const [index, { body, ...end }] of ends.entries()) {
    assertEquals(end, { status: 200, version });
    assertMatch(body, new RegExp(`data: for ${index}\\n\\n`));
    assertMatch(body, /\nretry: \d+\n\n$/);
  }
  assertStopped(exit, { clients: 5, closed_cleanly: 5, terminated: 0 });
}

for (const version of ["1.1", "2"] as const) {
  forEachMode(
    `over TLS and HTTP/${version} streams get their last hint and end whole`,
    (mode) => playStreams(mode, version),
  );
}

/** Milliseconds from the signal in which whatever is sent has to be answered, of a delay of 300. */
const SAFE_MS = 150;

forEachMode("over HTTP/2 each request in flight at the signal is answered", async (mode) => {
  await using authority = await Authority.create();
  const { server, origin } = await site(mode, authority, [
    ...["--history-size", "1000000", "--drain-delay", "300ms"],
  ]);
  await using _server = server;
  using client = Deno.createHttpClient({ caCerts: [authority.caText] });
  let [stored, early, lost] = [0, 0, 0];
  let isOver = false;
  let signalledAtMs = Infinity;
  const post = async () => {
    while (!isOver) {
      const isInTime = performance.now() < signalledAtMs + SAFE_MS;
      try {
        const init = { client, method: "POST", body: PAYLOAD };
        const response = await fetch(`${origin}/channels/posts`, init);
        await response.body?.cancel();
        if (response.status === 200) stored++;
        else isOver = true;
        if (response.status === 200 && isInTime) early++;
      } catch {
        // Once the port is freed the connection is gone.
        if (isInTime) lost++;
        return;
      }
    }
  };
  const posting = Promise.all(range(20).map(post));
  await waitFor(() => stored > 500, { what: "500 answers" });
  const before = stored;
  signalledAtMs = performance.now();
  const exit = await server.stop();
  await within(posting, { what: "every poster to end" });
  assertStopped(exit, { clients: 0 });
  assert(early > before, "nothing was posted while draining");
  assertEquals(lost, 0, "requests without an answer");
});

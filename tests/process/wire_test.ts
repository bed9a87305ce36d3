import { assert, assertEquals } from "@std/assert";
import {
  assertProperClose,
  assertStopped,
  connectPeers,
  STOPPING,
} from "../helpers/expectations.ts";
import { closePayload, concatBytes, encodeFrame, OPCODE } from "../helpers/frames.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, sleep, within } from "../helpers/wait.ts";

/** The largest message of a client (SPEC 5). */
const MAX_MESSAGE_BYTES = 65_536;
/** Codes that RFC 6455 7.4.1 forbids on the wire. */
const FORBIDDEN_CODES: readonly (number | null)[] = [1005, 1006, 1015, null];

/** Whatever happened: at most one Close, none with a forbidden code, and nothing after it. */
function assertLegalEnd(peer: RawPeer): void {
  assert(peer.closeFrames.length <= 1, peer.summary());
  assertEquals(peer.framesAfterClose, 0, peer.summary());
  for (const { code } of peer.closeFrames) assert(!FORBIDDEN_CODES.includes(code), peer.summary());
}

forEachMode("no path out of the server writes an illegal or a second Close", async (mode) => {
  const paths: ((server: Midgard) => Promise<unknown>)[] = [
    (server) => server.stop("SIGINT"),
    (server) => server.stop("SIGTERM"),
    async (server) => {
      server.signal("SIGINT");
      // A second signal forces from 500 ms on.
      await sleep(550);
      await server.stop("SIGINT");
    },
    (server) => server.stop("SIGKILL"),
  ];
  for (const leave of paths) {
    await using server = await Midgard.start({ mode, args: ["--close-timeout", "700ms"] });
    const peers = await connectPeers(server.port, 12, (index) => ({
      path: "/channels/wire?echo=1",
      closeReply: { kind: index % 3 === 0 ? "never" : "same" },
    }));
    for (const peer of peers) await peer.text("traffic");
    await leave(server);
    for (const peer of peers) {
      await within(peer.closed, { what: "the end", explain: () => peer.summary() });
      assertLegalEnd(peer);
    }
  }
});

forEachMode("a client with 1 MB on its way gets Close and FIN, not a reset", async (mode) => {
  await using server = await Midgard.start({ mode });
  const frame = encodeFrame(OPCODE.binary, new Uint8Array(50_000));
  const bytes = concatBytes(range(20).map(() => frame));
  const peers = await connectPeers(server.port, 10, (index) => ({ path: `/channels/mb-${index}` }));
  const sent = peers.map((peer) => peer.send(bytes, { messages: 20 }));
  server.signal("SIGINT");
  await Promise.all(sent);
  for (const peer of peers) await assertProperClose(peer);
  assertEquals(peers.map(({ sentBeforeClose }) => sentBeforeClose), range(10).map(() => 20));
  assertStopped(await server.exit(), { closed_cleanly: 10, received: 200 });
});

forEachMode("a message of 64 KiB passes and one byte more is closed with 1009", async (mode) => {
  await using server = await Midgard.start({ mode });
  const path = "/channels/size";
  using reader = await RawPeer.connect({ port: server.port, path });
  using sender = await RawPeer.connect({ port: server.port, path });
  await sender.binary(new Uint8Array(MAX_MESSAGE_BYTES));
  await reader.until(({ messageCount }) => messageCount === 1, { what: "the largest message" });
  assertEquals(reader.messages[0]!.payload.length, MAX_MESSAGE_BYTES);
  await sender.binary(new Uint8Array(MAX_MESSAGE_BYTES + 1));
  await sender.until(({ closeFrames }) => closeFrames.length === 1, { what: "the Close" });
  await sender.closed;
  assertEquals(sender.closeFrames.map(({ code }) => code), [1009]);
  using again = await RawPeer.connect({ port: server.port, path });
  await again.text("ü".repeat(MAX_MESSAGE_BYTES / 2) + "1");
  await again.closed;
  assertEquals(again.closeFrames.map(({ code }) => code), [1009]);
  assertEquals(reader.messageCount, 1);
  assertStopped(await server.stop(), { clients: 1, received: 3 });
});

/** Frames that RFC 6455 forbids; none of them has an answer but the end of the connection. */
const BROKEN_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "invalid UTF-8": encodeFrame(OPCODE.text, new Uint8Array([0xc3, 0x28])),
  "reserved bits": encodeFrame(OPCODE.text, "x", { reserved: 4 }),
  "a reserved opcode": encodeFrame(0x3, "x"),
  "a stray continuation": encodeFrame(OPCODE.continuation, "x"),
  "a fragmented ping": encodeFrame(OPCODE.ping, "x", { isFinal: false }),
  "an oversized ping": encodeFrame(OPCODE.ping, "x".repeat(200)),
  "a one-byte Close": encodeFrame(OPCODE.close, new Uint8Array([3])),
  "a length of 2^63": new Uint8Array([0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]),
  "a new message inside another": concatBytes([
    encodeFrame(OPCODE.text, "x", { isFinal: false }),
    encodeFrame(OPCODE.text, "y"),
  ]),
};

forEachMode("a peer that breaks the framing is dropped and nobody else", async (mode) => {
  await using server = await Midgard.start({ mode });
  using bystander = await RawPeer.connect({ port: server.port, path: "/channels/broken?echo=1" });
  for (const [name, bytes] of Object.entries(BROKEN_FRAMES)) {
    using breaker = await RawPeer.connect({ port: server.port, path: "/channels/broken" });
    await breaker.send(bytes);
    await within(breaker.closed, { what: `the end after ${name}` });
    assertLegalEnd(breaker);
    const before = bystander.messageCount;
    await bystander.text(name);
    await bystander.until(({ messageCount }) => messageCount > before, { what: `echo: ${name}` });
  }
  assertEquals(bystander.messageCount, Object.keys(BROKEN_FRAMES).length);
  assertStopped(await server.stop(), { clients: 1, closed_cleanly: 1 });
});

forEachMode("text stays text, binary stays binary, fragments are put together", async (mode) => {
  await using server = await Midgard.start({ mode });
  using reader = await RawPeer.connect({ port: server.port, path: "/channels/kinds" });
  using sender = await RawPeer.connect({ port: server.port, path: "/channels/kinds" });
  await sender.text("text ✓");
  await sender.binary(new Uint8Array([0, 255, 128]));
  await sender.send(
    concatBytes([
      encodeFrame(OPCODE.text, "one ", { isFinal: false }),
      encodeFrame(OPCODE.ping, "between"),
      encodeFrame(OPCODE.continuation, "", { isFinal: false }),
      encodeFrame(OPCODE.continuation, "two"),
    ]),
    { messages: 1 },
  );
  await reader.until(({ messageCount }) => messageCount === 3, { what: "three messages" });
  const decoder = new TextDecoder();
  assertEquals(reader.messages.map(({ opcode }) => opcode), [1, 2, 1]);
  assertEquals(decoder.decode(reader.messages[0]!.payload), "text ✓");
  assertEquals([...reader.messages[1]!.payload], [0, 255, 128]);
  assertEquals(decoder.decode(reader.messages[2]!.payload), "one two");
  assertEquals([sender.messageCount, sender.pongCount], [0, 1]);
  assertStopped(await server.stop(), { received: 3 });
});

forEachMode("a close that the client starts loses nothing that came before it", async (mode) => {
  await using server = await Midgard.start({ mode });
  const path = "/channels/bye";
  using reader = await RawPeer.connect({ port: server.port, path });
  using sender = await RawPeer.connect({ port: server.port, path });
  const frames = range(100).map((index) => encodeFrame(OPCODE.text, `${index}`));
  const close = encodeFrame(OPCODE.close, closePayload(1000, "done"));
  await sender.send(concatBytes([...frames, close]), { messages: 100, isClose: true });
  await reader.until(({ messageCount }) => messageCount === 100, { what: "100 messages" });
  assertEquals((await sender.closed).kind, "eof");
  assertEquals(sender.closeFrames.map(({ code }) => code), [1000]);
  assertStopped(await server.stop(), { clients: 1, received: 100 });
  await assertProperClose(reader, STOPPING);
});

/**
 * Nothing that a client sends is ever decompressed, so that no small message can become a huge one:
 * `permessage-deflate` (RFC 7692) is not agreed to, and a body's Content-Encoding is left alone.
 */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../helpers/expectations.ts";
import { encodeFrame, OPCODE } from "../helpers/frames.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { within } from "../helpers/wait.ts";

/** So many bytes of zeros, compressed a thousandfold. */
async function bomb(
  bytes: number,
  format: "deflate-raw" | "gzip",
): Promise<Uint8Array<ArrayBuffer>> {
  const zeros = new Blob([new Uint8Array(bytes)]).stream();
  const packed = zeros.pipeThrough(new CompressionStream(format));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

const OFFERS = [
  "permessage-deflate",
  "permessage-deflate; client_max_window_bits",
  "permessage-deflate; server_no_context_takeover, x-webkit-deflate-frame",
];

forEachMode("a compressed frame is no message: compression is never agreed to", async (mode) => {
  await using server = await Midgard.start({ mode });
  const { port } = server;
  for (const [index, offer] of OFFERS.entries()) {
    const path = `/channels/packed-${index}`;
    const headers = { "Sec-WebSocket-Extensions": offer };
    using peer = await RawPeer.connect({ port, path, headers });
    assertEquals(peer.responseHeaders.get("sec-websocket-extensions"), null);
    const frame = encodeFrame(OPCODE.binary, await bomb(50_000_000, "deflate-raw"));
    // RSV1: compressed (RFC 7692 6). Without an agreement it breaks the framing (RFC 6455 5.2).
    frame[0]! |= 0x40;
    await peer.send(frame);
    await within(peer.closed, { what: "the server to drop the peer" });
    assertEquals((await readLog(port, `packed-${index}`)).top, 0);
  }
  assertStopped(await server.stop(), { received: 0 });
});

forEachMode("a compressed body is published as the bytes it is", async (mode) => {
  await using server = await Midgard.start({ mode });
  const url = `http://127.0.0.1:${server.port}/channels/packed`;
  const body = await bomb(5_000_000, "gzip");
  assert(body.length < 10_000, `${body.length} bytes are no bomb`);
  const headers = { "content-encoding": "gzip", "content-type": "application/octet-stream" };
  const answer = await fetch(url, { method: "POST", headers, body });
  assertEquals([answer.status, (await answer.json()).offset], [200, 1]);
  const { publications: [publication] } = await (await fetch(url)).json();
  assertEquals(publication.b64data, body.toBase64?.() ?? btoa(String.fromCharCode(...body)));
  assertStopped(await server.stop());
});

import { assert, assertEquals } from "@std/assert";
import {
  assertProperClose,
  assertStopped,
  connectPeers,
  medianAndMax,
  report,
} from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { freePort } from "../helpers/free_port.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range } from "../helpers/wait.ts";

const ROUNDS = 50;

forEachMode("a restart binds the same port at once, 50 times, with 100 clients", async (mode) => {
  const port = freePort();
  const args = ["--port", `${port}`];
  const restartsMs: number[] = [];
  let server = await Midgard.start({ mode, args });
  for (const _round of range(ROUNDS)) {
    await using old = server;
    const peers = await connectPeers(port, 100);
    const signalledAtMs = performance.now();
    assertStopped(await old.stop(), { clients: 100, closed_cleanly: 100 });
    server = await Midgard.start({ mode, args });
    assertEquals((await request(port, "GET /healthz")).status, 200);
    restartsMs.push(performance.now() - signalledAtMs);
    for (const peer of peers) await assertProperClose(peer);
  }
  await using last = server;
  assertStopped(await last.stop());
  report(`Ctrl-C to the next instance answering (${mode}): ${medianAndMax(restartsMs)}`);
});

forEachMode("a second instance names the Midgard that holds the port", async (mode) => {
  await using first = await Midgard.start({ mode });
  using peer = await RawPeer.connect({ port: first.port, path: "/channels/held?echo=1" });
  await using second = Midgard.spawn({ mode, args: ["--port", `${first.port}`] });
  const { code, signal } = await second.exit();
  assertEquals([code, signal], [1, null]);
  assertEquals(second.log.invalid, []);
  const errors = second.log.lines.filter(({ level }) => level === "error");
  assertEquals(errors.length, 1, `${second.log}`);
  const text = JSON.stringify(errors[0]);
  const { version } = await first.ready;
  for (const part of [`127.0.0.1:${first.port}`, version, `pid ${first.pid}`, "up for"]) {
    assert(text.includes(String(part)), `${part} is not in ${text}`);
  }
  await peer.text("unharmed");
  await peer.until(({ messageCount }) => messageCount === 1, { what: "the echo" });
  assertStopped(await first.stop(), { clients: 1, closed_cleanly: 1 });
});

forEachMode("a port held by something else is named, and how to find out", async (mode) => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return Response.json({ status: "ok", pid: "none" });
  });
  for (const { port } of [silent.addr, web.addr]) {
    await using server = Midgard.spawn({ mode, args: ["--port", `${port}`] });
    const { code, atMs } = await server.exit();
    assertEquals(code, 1, `${server.log}`);
    assertEquals(server.log.invalid, []);
    const errors = server.log.lines.filter(({ level }) => level === "error");
    assertEquals(errors.length, 1, `${server.log}`);
    const text = JSON.stringify(errors[0]);
    assert(text.includes(`127.0.0.1:${port}`), text);
    assert(/\b(ss|lsof|netstat|fuser)\b/.test(text), `no way to find out in ${text}`);
    assert(!/Midgard \d/.test(text), `taken for a Midgard: ${text}`);
    assert(Number.isFinite(atMs));
  }
  silent.close();
  await web.shutdown();
});

forEachMode("bind-timeout waits for the port to become free", async (mode) => {
  const port = freePort();
  const args = ["--port", `${port}`, "--bind-timeout", "10s"];
  const first = await Midgard.start({ mode, args });
  await using holder = first;
  await using second = Midgard.spawn({ mode, args });
  const peers = await connectPeers(port, 10);
  assertStopped(await holder.stop(), { clients: 10 });
  for (const peer of peers) await assertProperClose(peer);
  assertEquals((await second.ready).port, port);
  assertStopped(await second.stop(), { clients: 0 });
});

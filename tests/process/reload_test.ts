import { assertEquals } from "@std/assert";
import { Configured } from "../helpers/configured.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";

function withNamespace(options: Readonly<Record<string, unknown>>) {
  return {
    client: { allow_anonymous_connect_without_token: true },
    channel: { namespaces: [{ name: "chat", ...options }] },
  };
}

const CLOSED = withNamespace({});
const OPEN = withNamespace({ allow_publish_for_client: true, allow_publish_for_anonymous: true });

forEachMode("SIGHUP takes namespaces over, and nobody has to go", async (mode) => {
  await using site = await Configured.start(mode, { ...CLOSED, ...withNamespaceToRead() });
  using peer = await RawPeer.connect({ port: site.server.port, path: "/channels/read:a" });
  assertEquals(await site.status("POST /channels/chat:a", "x"), 403);
  await site.reload(withNamespaceToRead(OPEN), "reload");
  assertEquals(await site.status("POST /channels/chat:a", "x"), 200);
  assertEquals(await site.status("POST /channels/read:a", "still here"), 200);
  await peer.until(({ messageCount }) => messageCount === 1, { what: "the publication" });
  assertEquals((await site.server.stop("SIGTERM")).code, 0);
});

/** A second namespace in which everything that the test needs is allowed. */
function withNamespaceToRead(file = CLOSED) {
  const read = {
    name: "read",
    ...{ allow_subscribe_for_client: true, allow_subscribe_for_anonymous: true },
    ...{ allow_publish_for_client: true, allow_publish_for_anonymous: true },
  };
  return { ...file, channel: { namespaces: [...file.channel.namespaces, read] } };
}

forEachMode("SIGHUP with a wrong file says all of it and changes nothing", async (mode) => {
  await using site = await Configured.start(mode, OPEN);
  const line = await site.reload(
    { ...CLOSED, hots: "x", client: { insecure: "yes" } },
    "reload_refused",
  );
  assertEquals((line?.["problems"] as unknown[]).length, 2);
  assertEquals(await site.status("POST /channels/chat:a", "x"), 200);
});

forEachMode("SIGHUP says what takes a restart", async (mode) => {
  await using site = await Configured.start(mode, OPEN);
  const line = await site.reload({ ...OPEN, stop: { timeout: "20s" } }, "restart_needed");
  assertEquals(line?.["keys"], ["stop.timeout"]);
});

forEachMode("SIGHUP takes limits over", async (mode) => {
  await using site = await Configured.start(mode, withNamespaceToRead());
  const limited = { ...withNamespaceToRead(), client: { ...CLOSED.client, connection_limit: 1 } };
  await site.reload(limited, "reload");
  using _peer = await RawPeer.connect({ port: site.server.port, path: "/channels/read:a" });
  const second = await RawPeer.attempt({ port: site.server.port, path: "/channels/read:a" });
  assertEquals(second.kind === "refused" && second.response.status, 503);
});

forEachMode("a key that cannot check tokens is refused at the start with code 2", async (mode) => {
  const folder = await Deno.makeTempDir();
  try {
    const file = { client: { token: { rsa_public_key: "-----BEGIN PUBLIC KEY-----" } } };
    await Deno.writeTextFile(`${folder}/midgard.json`, JSON.stringify(file));
    await using server = Midgard.spawn({ mode, cwd: folder, args: ["--config", "midgard.json"] });
    assertEquals((await server.exit()).code, 2);
    const [line] = server.log.of("start_failed");
    assertEquals(/client\.token\.rsa_public_key/.test(String(line?.["message"])), true);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

import { assertEquals } from "@std/assert";
import { NO_TOKEN_KEYS } from "../../../server/config/mod.ts";
import { SECRET, sign } from "../auth/signer.ts";
import { Site } from "../http/site.ts";
import { StreamClient } from "../http/stream_client.ts";

const client = { token: { ...NO_TOKEN_KEYS, hmacSecretKey: SECRET }, userConnectionLimit: 1 };

/** A site in which each user may be connected once. */
function site(): Site {
  return new Site({ settings: { client } });
}

async function connect(at: Site, user: string): Promise<StreamClient> {
  return await StreamClient.open(at, { token: await sign({ sub: user, info: { name: "X" } }) });
}

Deno.test("Client that breaks the protocol counts no longer as a connection of its user", async () => {
  const at = site();
  await using first = await connect(at, "42");
  await using second = await connect(at, "42");
  assertEquals(second.id, "", "one connection is all a user may have");
  await first.ask("send", {});
  await using third = await connect(at, "42");
  assertEquals(third.id.length, 36);
});

Deno.test("Client that breaks the protocol leaves its channels under its own name", async () => {
  const at = site();
  await using watcher = await connect(at, "watcher");
  await watcher.ask("subscribe", { channel: "a", join_leave: true });
  await using other = await connect(at, "42");
  await other.ask("subscribe", { channel: "a" });
  await other.ask("send", {});
  const info = { user: "42", client: other.id, conn_info: { name: "X" } };
  const pushes = [await watcher.next(), await watcher.next(), await watcher.next()];
  assertEquals(pushes.slice(1), [
    { push: { channel: "a", join: { info } } },
    { push: { channel: "a", leave: { info } } },
  ]);
});

import { assertEquals } from "@std/assert";
import { Configured } from "../helpers/configured.ts";
import { request } from "../helpers/http.ts";
import type { RunningMidgard } from "../helpers/midgard.ts";
import { forEachMode } from "../helpers/midgard.ts";

const SPOOFED = { "X-Forwarded-For": "203.0.113.9, 192.0.2.7", Forwarded: "for=203.0.113.9" };

function file(client: Readonly<Record<string, unknown>>) {
  return { client, log: { level: "debug" } };
}

/** The address that is logged for a request that is refused. */
async function loggedAddress(
  server: RunningMidgard,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const line = server.log.next("request_refused", server.log.of("request_refused").length);
  assertEquals((await request(server.port, "GET /nothing", { headers })).status, 404);
  return (await line)?.["address"];
}

/** Whether `/healthz` takes a request for one of this machine. */
async function isLocal(
  { port }: RunningMidgard,
  headers: Readonly<Record<string, string>>,
): Promise<boolean> {
  const { body } = await request(port, "GET /healthz", { headers });
  return Object.hasOwn(JSON.parse(body), "pid");
}

forEachMode("only a trusted proxy is believed about where a request is from", async (mode) => {
  await using site = await Configured.start(mode, file({ trusted_proxies: ["192.0.2.0/24"] }));
  const { server } = site;
  assertEquals(await loggedAddress(server, SPOOFED), "127.0.0.1");
  assertEquals(await isLocal(server, SPOOFED), false);
  await site.reload(file({ trusted_proxies: ["::1", "127.0.0.0/8"] }));
  assertEquals(await loggedAddress(server, SPOOFED), "192.0.2.7");
  assertEquals(await loggedAddress(server, { "X-Forwarded-For": "1.2.3.4, hello" }), "127.0.0.1");
  assertEquals([await isLocal(server, SPOOFED), await isLocal(server, {})], [false, true]);
  await site.reload(file({ trusted_proxies: ["127.0.0.1"], trusted_proxy_header: "forwarded" }));
  assertEquals(await loggedAddress(server, SPOOFED), "203.0.113.9");
  await site.reload(file({}));
  assertEquals(await loggedAddress(server, SPOOFED), "127.0.0.1");
  assertEquals(await isLocal(server, SPOOFED), true);
  const line = await site.reload(file({ trusted_proxies: ["10.0.0.1/8"] }), "reload_refused");
  assertEquals(line?.["problems"], [
    'Cannot start as "midgard.json: client.trusted_proxies" must be an address such as 192.0.2.1, ' +
    'or a network such as 10.0.0.0/8 or fd00::/8: current value is ["10.0.0.1/8"]',
  ]);
  assertEquals((await server.stop()).code, 0);
});

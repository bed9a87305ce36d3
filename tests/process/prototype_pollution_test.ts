/**
 * JSON that would reach into the prototype of every object, through every door: it is payload or an
 * unknown key, and nothing that comes after it is seen through it.
 */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { CentrifugePeer, outcomeOf } from "../helpers/centrifuge_peer.ts";
import { type Fields, WIRE_PROTOCOLS } from "../helpers/centrifuge_wire.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { sign } from "../server/auth/signer.ts";
import { API_KEY, ApiSite } from "./api_site.ts";

/** Names that the server reads from one object or another. A prototype that has them shows. */
const NAMES = {
  ...{ channel: "log:polluted", data: "polluted", user: "polluted", tags: { polluted: "1" } },
  ...{ skip_history: true, b64data: "AA==", idempotency_key: "polluted", limit: 1, reverse: true },
  ...{ token: "polluted", info: "polluted", expired: true, recover: true, offset: 7, code: 4_000 },
  ...{ error: "polluted", error_mode: "transport", status: 418, since: { offset: 1 } },
};
const INNER = JSON.stringify(NAMES);

/** Objects that a careless merge would take to heart. */
const POISONS = [
  `{"__proto__":${INNER}}`,
  `{"constructor":{"prototype":${INNER}}}`,
  `{"__proto__":{"__proto__":${INNER}}}`,
  `{"\\u005f_proto__":${INNER}}`,
] as const;

/** The same among other keys: `{"a":1}` and a poison make `{"a":1,"__proto__":{…}}`. */
function among(fields: Fields, poison: string): string {
  const text = JSON.stringify(fields);
  return text === "{}" ? poison : `${text.slice(0, -1)},${poison.slice(1)}`;
}

const METHODS = [
  ...["publish", "broadcast", "subscribe", "unsubscribe", "disconnect", "refresh", "presence"],
  ...["presence_stats", "history", "history_remove", "channels", "info", "log_level"],
];
const KEPT = { channel: "log:a", channels: ["log:a"], data: 1, user: "nobody", level: "info" };

/** Everything over HTTP that takes JSON. */
async function poisonHttp(site: ApiSite, poison: string): Promise<void> {
  for (const method of METHODS) {
    await site.post(method, poison);
    for (const name of ["tags", "data", "info", "since", "override", "disconnect"]) {
      const nested = among(KEPT, `{"${name}":${poison}}`);
      await site.post(method, method === "history_remove" ? poison : nested);
    }
    await site.post(method, method === "history_remove" ? poison : among(KEPT, poison));
    await site.post("batch", `{"commands":[{"${method}":${poison}},${poison}]}`);
  }
  await site.post("batch", poison);
  await site.post("__proto__", poison);
  await site.post("constructor", poison);
  const json = { "content-type": "application/json", "X-API-Key": API_KEY };
  for (const path of ["/channels/log:b", "/channels/__proto__", "/emulation"]) {
    const init = { method: "POST", body: poison, headers: json };
    await (await fetch(`${site.origin}${path}`, init)).body?.cancel();
  }
}

/** Everything that a client sends, over every transport; the values are JSON as it stands. */
async function poisonClients(site: ApiSite, poison: string): Promise<void> {
  const value = JSON.parse(poison);
  const info = { sub: "7", info: value, meta: value, subs: JSON.parse(poison) };
  const token = await sign(info, { key: "the secret of the api tests" });
  for (const protocol of WIRE_PROTOCOLS) {
    const connect = { token, data: value, headers: {}, subs: JSON.parse(poison) };
    const { port } = site.server;
    using peer = await CentrifugePeer.open({ port, protocol, connect });
    await peer.ask("subscribe", { channel: "log:c", data: value });
    await peer.ask("publish", { channel: "log:c", data: value });
    await peer.ask("publish", { channel: "__proto__", data: value });
    await peer.ask("rpc", { method: "__proto__", data: value });
    peer.close();
  }
}

/** What a server says that nobody has reached into. */
async function assertUntouched(site: ApiSite): Promise<void> {
  for (const method of ["publish", "presence", "history", "broadcast"]) {
    assertEquals(await site.errorOf(method, {}), 107, `${method} without a channel`);
  }
  await site.call("history_remove", { channel: "log:kept" });
  const { offset } = await site.call("publish", { channel: "log:kept", data: { n: 1 } });
  const { publications, ...rest } = await site.call("history", { channel: "log:kept", limit: -1 });
  assertEquals(publications, [{ data: { n: 1 }, offset }]);
  assertEquals(Object.keys(rest).sort(), ["epoch", "offset"]);
  const token = await site.tokenOf("42");
  for (const protocol of WIRE_PROTOCOLS) {
    const { port } = site.server;
    using peer = await CentrifugePeer.open({ port, protocol, connect: { token } });
    assertEquals(outcomeOf(peer.connected), "ok");
    assertEquals(outcomeOf(await peer.ask("subscribe", { channel: "log:own" })), "ok");
    const { presence } = await site.call("presence", { channel: "log:own" });
    assertEquals(Object.values(presence as Fields), [{
      user: "42",
      client: peer.result["client"],
    }]);
    peer.close();
  }
  const healthz = await fetch(`${site.origin}/healthz`);
  assertEquals([healthz.status, (await healthz.json()).status], [200, "ready"]);
}

forEachMode("JSON cannot reach into the prototype of what comes after it", async (mode) => {
  const cwd = await Deno.makeTempDir();
  const site = await ApiSite.start({ mode, cwd });
  await using server = site.server;
  await assertUntouched(site);
  for (const poison of POISONS) {
    await poisonHttp(site, poison);
    await poisonClients(site, poison);
  }
  await assertUntouched(site);
  assertEquals(server.log.of("internal_error"), []);
  assertEquals((await server.stop()).code, 0);
  await Deno.remove(cwd, { recursive: true });
});

forEachMode("a payload named __proto__ arrives as it was sent", async (mode) => {
  await using server = await Midgard.start({ mode });
  const url = `http://127.0.0.1:${server.port}/channels/a`;
  const headers = { "content-type": "application/json" };
  for (const poison of POISONS) {
    const answer = await fetch(url, { method: "POST", body: poison, headers });
    assertEquals(answer.status, 200, await answer.text());
    const page = await fetch(`${url}?limit=1&reverse`, { headers: { accept: "application/json" } });
    assertStringIncludes(await page.text(), `"data":${poison}`);
  }
});

forEachMode("a configuration file cannot reach into prototypes, either", async (mode) => {
  const folder = await Deno.makeTempDir();
  const places = [
    (poison: string) => poison,
    (poison: string) => `{"client":${poison}}`,
    (poison: string) => `{"channel":{"without_namespace":${poison}}}`,
    (poison: string) => `{"channel":{"namespaces":[${among({ name: "a" }, poison)}]}}`,
  ];
  for (const poison of POISONS.slice(0, 2)) {
    for (const place of places) {
      await Deno.writeTextFile(`${folder}/midgard.json`, place(poison));
      await using server = Midgard.spawn({ mode, cwd: folder, args: ["--config", "midgard.json"] });
      assertEquals((await server.exit()).code, 2, place(poison));
      assertStringIncludes(`${server.log}`, "is not a key");
    }
  }
  await Deno.remove(folder, { recursive: true });
});

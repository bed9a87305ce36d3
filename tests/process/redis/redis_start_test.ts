/** What a start with Redis says when it cannot be, and that it works with passwords and TLS. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Authority } from "../../helpers/authority.ts";
import { freePort } from "../../helpers/free_port.ts";
import { forEachMode, Midgard, type Mode } from "../../helpers/midgard.ts";
import { OldRedis } from "../../helpers/old_redis.ts";
import { RedisProcess } from "../../helpers/redis_process.ts";
import { within } from "../../helpers/wait.ts";

/** Starts a server that must not come up; gives its code and what it said, in one line. */
async function refusal(mode: Mode, data: string): Promise<[code: number, said: string]> {
  await using server = Midgard.spawn({ mode, args: ["--data", data] });
  const { code } = await server.exit();
  assertEquals(`${server.log}`.split("\n").length, 1, `${server.log}`);
  assert(!`${server.log}`.includes("secret"), `${server.log}`);
  return [code, `${server.log}`];
}

async function publish(port: number, body: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/channels/news`, { method: "POST", body });
  await response.body?.cancel();
  return response.status;
}

const BAD_URLS: Readonly<Record<string, string>> = {
  "redis://": "redis:// or rediss:// with",
  "redis://:secret@host:99999": "redis:// or rediss:// with",
  "redis://:secret@host/one": "number of a database",
  "redis://host?db=3": "no options but ca and prefix",
  "redis://host?ca=ca.pem": "rediss:// where there is a ca",
  "redis://a,redis://a": "each given once",
  "mongodb://:secret@host": "the URL of a Redis",
};

forEachMode("a URL that is none is refused with code 2 and the option's name", async (mode) => {
  for (const [url, rule] of Object.entries(BAD_URLS)) {
    const [code, said] = await refusal(mode, url);
    assertEquals(code, 2, said);
    assertStringIncludes(said, '"--data" must be');
    assertStringIncludes(said, rule);
  }
});

forEachMode("a Redis that is not there, or says no, ends the start with code 1", async (mode) => {
  await using redis = await RedisProcess.start({ args: ["--requirepass", "other"] });
  await using evicting = await RedisProcess.start({ args: ["--maxmemory-policy", "allkeys-lru"] });
  using old = new OldRedis("redis_version:5.0.14\r\n");
  const cases: [url: string, says: string][] = [
    [`redis://127.0.0.1:${freePort()}`, "nobody listens there"],
    [`redis://:secret@127.0.0.1:${redis.port}`, "it refuses the password"],
    [redis.url, "it refuses the password"],
    [evicting.url, "maxmemory-policy must be noeviction or volatile"],
    [`${evicting.url}/99`, "DB index is out of range"],
    [`redis://127.0.0.1:${old.port}`, "must be 6.2 or newer: it is 5.0.14"],
    [
      `rediss://127.0.0.1:${evicting.port}?ca=none.pem`,
      "authority's file cannot be read: none.pem",
    ],
  ];
  for (const [url, says] of cases) {
    const [code, said] = await refusal(mode, url);
    assertEquals(code, 1, said);
    assertStringIncludes(said, "Cannot use ");
    assertStringIncludes(said, says);
  }
});

forEachMode(
  "what answers and is no Redis, or not as was said, ends the start with code 1",
  async (mode) => {
    await using authority = await Authority.create();
    const { cert, key } = await authority.issue();
    const tlsPort = freePort();
    const tls = ["--tls-port", `${tlsPort}`, "--tls-cert-file", cert, "--tls-key-file", key];
    await using redis = await RedisProcess.start({ args: [...tls, "--tls-auth-clients", "no"] });
    await using web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("no Redis"),
    );
    using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const cases: [url: string, says: string][] = [
      [`redis://127.0.0.1:${web.addr.port}`, "what answers there is no Redis"],
      [`rediss://127.0.0.1:${web.addr.port}`, "speaks no TLS"],
      [`rediss://127.0.0.1:${redis.port}`, "does it speak TLS"],
      [`redis://127.0.0.1:${tlsPort}`, "it ends the connection: does it want TLS"],
      [`rediss://localhost:${tlsPort}`, "its certificate is not to be trusted"],
      [`redis://127.0.0.1:${silent.addr.port}`, "nothing was heard for 3 s"],
    ];
    const refusals = cases.map(async ([url, says]) => [says, ...await refusal(mode, url)] as const);
    for (const [says, code, said] of await Promise.all(refusals)) {
      assertEquals(code, 1, said);
      assertStringIncludes(said, "Cannot use redis");
      assertStringIncludes(said, says);
    }
  },
);

forEachMode(
  "Redis is spoken to with a password, over TLS, as a private authority says",
  async (mode) => {
    await using authority = await Authority.create();
    const { cert, key } = await authority.issue();
    const port = freePort();
    const tls = ["--tls-port", `${port}`, "--tls-cert-file", cert, "--tls-key-file", key];
    await using _redis = await RedisProcess.start({
      args: [...tls, "--tls-auth-clients", "no", "--requirepass", "s,e/c"],
    });
    const url = `rediss://:s%2Ce%2Fc@localhost:${port}/2`;
    await using server = await Midgard.start({
      mode,
      args: ["--data", `${url}?ca=${authority.ca}`],
    });
    assertEquals(await publish(server.port, "hello"), 200);
    const health = await (await fetch(`http://127.0.0.1:${server.port}/healthz`)).json();
    assertEquals(health.history.data, `rediss://localhost:${port}/2`);
    await server.stop();
    const [code, said] = await refusal(mode, url);
    assertEquals(code, 1, said);
  },
);

forEachMode(
  "a full Redis refuses publications with 503, and takes them when it has room",
  async (mode) => {
    await using redis = await RedisProcess.start();
    await using server = await Midgard.start({ mode, args: ["--data", redis.url] });
    assertEquals(await publish(server.port, "before"), 200);
    await redis.cli("CONFIG", "SET", "maxmemory", "1mb");
    assertEquals(await publish(server.port, "refused"), 503);
    const line = await within(server.log.next("store_failed"), { what: "store_failed" });
    assertStringIncludes(String(line?.["reason"]), "OOM");
    await redis.cli("CONFIG", "SET", "maxmemory", "0");
    assertEquals(await publish(server.port, "after"), 200);
    const read = await fetch(`http://127.0.0.1:${server.port}/channels/news`);
    const { publications } = await read.json();
    assertEquals(publications.map(({ data }: { data: string }) => data), ["before", "after"]);
  },
);

import { assertEquals } from "@std/assert";
import { MemoryLog } from "../../../server/history/mod.ts";
import { OriginPolicy } from "../../../server/http/mod.ts";
import type { UpgradeGuards } from "../../../server/http/upgrade.ts";
import { upgrade as upgradeVisit, wantsUpgrade } from "../../../server/http/upgrade.ts";
import { Hub } from "../../../server/hub/mod.ts";
import type { SocketRequest } from "../../../server/session/mod.ts";
import { SessionRegistry, TimerWheel } from "../../../server/session/mod.ts";
import { limitsOf, settingsWith } from "../settings.ts";
import { assertRefused, Site } from "./site.ts";

const HANDSHAKE = {
  host: "midgard.test",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

type Headers = Readonly<Record<string, string | undefined>>;

function guards(differing: Partial<UpgradeGuards> = {}): UpgradeGuards {
  const { sessions, clients } = new Site();
  const settings = settingsWith();
  return {
    ...{ sessions, clients, settings: () => settings, limits: limitsOf(() => settings) },
    origins: new OriginPolicy(["https://allowed.example"]),
    isAccepting: () => true,
    maxConnections: () => 10,
    idleTimeoutS: 60,
    ...differing,
  };
}

function upgrade(request: Request, guards: UpgradeGuards): Response | Promise<Response> {
  return upgradeVisit({ request, address: "127.0.0.1" }, guards);
}

/** A handshake; a header that is undefined is left out. */
function handshake(
  { path = "/channels/a", method = "GET", headers = {} }: {
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Headers;
  } = {},
): Request {
  const all = Object.entries<string | undefined>({ ...HANDSHAKE, ...headers });
  const present = all.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const]
  );
  return new Request(`http://midgard.test${path}`, {
    method,
    headers: Object.fromEntries(present),
  });
}

/** Sessions that take sockets in and do nothing with them. */
class Sessions extends SessionRegistry {
  readonly requests: SocketRequest[] = [];

  constructor() {
    const retention = () => ({ size: 1, ttlMs: 1 });
    const hub = new Hub({ log: new MemoryLog({ retention }) });
    super({ hub, wheel: new TimerWheel(), closeTimeoutMs: 3_000 });
  }

  override add(_socket: WebSocket, request: SocketRequest): void {
    this.requests.push(request);
  }
}

type Wanted = Pick<SocketRequest, "channel" | "hasEcho" | "history">;

/** What the sessions were asked for by a handshake; nothing if it was refused. */
function takenIn(request: Request): Wanted[] {
  const sessions = new Sessions();
  upgrade(request, guards({ sessions }));
  return sessions.requests.map(({ channel, hasEcho, history }) => ({ channel, hasEcho, history }));
}

for (const value of ["websocket", "WebSocket", "WEBSOCKET"]) {
  Deno.test(`wantsUpgrade is true for Upgrade: ${value}`, () => {
    assertEquals(wantsUpgrade(handshake({ headers: { upgrade: value } })), true);
  });
}

for (const value of [undefined, "h2c", "web socket", ""]) {
  Deno.test(`wantsUpgrade is false for Upgrade: ${value}`, () => {
    assertEquals(wantsUpgrade(handshake({ headers: { upgrade: value } })), false);
  });
}

Deno.test("upgrade lets a proper handshake through", () => {
  assertEquals(takenIn(handshake()), [{ channel: "a", hasEcho: false, history: 0 }]);
});

const WANTED: Readonly<Record<string, Wanted>> = {
  "/channels/chat%3A42": { channel: "chat:42", hasEcho: false, history: 0 },
  "/channels/a%2Fb": { channel: "a/b", hasEcho: false, history: 0 },
  "/channels/a?echo=1": { channel: "a", hasEcho: true, history: 0 },
  "/channels/a?echo=0": { channel: "a", hasEcho: false, history: 0 },
  "/channels/a?history=25&echo=1": { channel: "a", hasEcho: true, history: 25 },
};

for (const [path, wanted] of Object.entries(WANTED)) {
  Deno.test(`upgrade reads from ${path} what the client wants`, () => {
    assertEquals(takenIn(handshake({ path })), [wanted]);
  });
}

for (const connection of ["upgrade", "keep-alive, Upgrade", "Upgrade,keep-alive"]) {
  Deno.test(`upgrade lets Connection: ${connection} through`, () => {
    assertEquals(takenIn(handshake({ headers: { connection } })).length, 1);
  });
}

for (const method of ["POST", "PUT", "DELETE"]) {
  Deno.test(`upgrade refuses ${method} and says what works`, async () => {
    const response = await upgrade(handshake({ method }), guards());
    assertEquals(response.headers.get("allow"), "GET");
    await assertRefused(response, 405, "wrong_method");
  });
}

for (const version of [undefined, "8", "14", "13, 8", "", "013"]) {
  Deno.test(`upgrade refuses version ${version} and says which works`, async () => {
    const headers = { "sec-websocket-version": version };
    const response = await upgrade(handshake({ headers }), guards());
    assertEquals(response.headers.get("sec-websocket-version"), "13");
    await assertRefused(response, 426, "upgrade_needed");
  });
}

const BAD_KEYS = [
  undefined,
  "",
  "x",
  "dGhlIHNhbXBsZSBub25jZQ=",
  "dGhlIHNhbXBsZSBub25jZQ",
  "dGhlIHNhbXBsZSBub25jZQ===",
  "dGhlIHNhbXBsZSBub25jZR==",
  "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
  "dGhlIHNhbXBsZSBub25j_Q==",
  "dGhlIHNhbXBsZSBub25jZTEyMzQ=",
];

for (const key of BAD_KEYS) {
  Deno.test(`upgrade refuses the key ${key}`, async () => {
    const headers = { "sec-websocket-key": key };
    await assertRefused(await upgrade(handshake({ headers }), guards()), 400, "bad_handshake");
  });
}

for (const connection of [undefined, "", "close", "keep-alive", "upgraded", "up grade"]) {
  Deno.test(`upgrade refuses Connection: ${connection}`, async () => {
    const response = await upgrade(handshake({ headers: { connection } }), guards());
    await assertRefused(response, 400, "bad_handshake");
  });
}

for (const path of ["/", "/channels", "/channels/", "/channels/a/b", "/channels/a/", "/other/a"]) {
  Deno.test(`upgrade has nothing at ${path}`, async () => {
    await assertRefused(await upgrade(handshake({ path }), guards()), 404, "not_found");
  });
}

for (const name of ["%20", "%C5%BE", "%", "x".repeat(256)]) {
  Deno.test(`upgrade refuses ${name.slice(0, 20)} as a channel`, async () => {
    const response = await upgrade(handshake({ path: `/channels/${name}` }), guards());
    await assertRefused(response, 400, "bad_channel");
  });
}

for (const history of ["x", "-1", "", "1.5"]) {
  Deno.test(`upgrade refuses history=${history}`, async () => {
    const path = `/channels/a?history=${history}`;
    await assertRefused(await upgrade(handshake({ path }), guards()), 400, "bad_query");
  });
}

Deno.test("upgrade refuses a page of a foreign origin", async () => {
  const headers = { origin: "https://evil.com" };
  await assertRefused(await upgrade(handshake({ headers }), guards()), 403, "wrong_origin");
});

for (const origin of ["http://midgard.test", "https://allowed.example"]) {
  Deno.test(`upgrade lets a page of ${origin} through`, () => {
    assertEquals(takenIn(handshake({ headers: { origin } })).length, 1);
  });
}

Deno.test("upgrade refuses when there are as many connections as there may be", async () => {
  const response = await upgrade(handshake(), guards({ maxConnections: () => 0 }));
  assertEquals(response.headers.get("retry-after"), "1");
  await assertRefused(response, 503, "full");
});

Deno.test("upgrade says first that the server stops, whatever else is wrong", async () => {
  const request = handshake({ path: "/nothing", headers: { origin: "https://evil.com" } });
  const response = await upgrade(
    request,
    guards({ isAccepting: () => false, maxConnections: () => 0 }),
  );
  assertEquals(response.headers.get("retry-after"), "1");
  await assertRefused(response, 503, "stopping");
});

Deno.test("upgrade tells a foreign page nothing of what is there", async () => {
  const request = handshake({ path: "/nothing", headers: { origin: "https://evil.com" } });
  await assertRefused(
    await upgrade(request, guards({ maxConnections: () => 0 })),
    403,
    "wrong_origin",
  );
});

Deno.test("upgrade takes no connection in that it refuses", () => {
  const { sessions } = new Site();
  upgrade(handshake({ path: "/nothing" }), guards({ sessions }));
  assertEquals([sessions.size, sessions.descriptors], [0, 0]);
});

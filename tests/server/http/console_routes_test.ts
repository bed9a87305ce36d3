import { assert, assertEquals } from "@std/assert";
import { jsonOf, Site } from "./site.ts";

const KEY = { api: { key: "secret" } };
const CLOSED = { client: { isInsecure: false, allowAnonymousConnectWithoutToken: false } };

/** What a server is like, the key that is shown, from where, and what that allows. */
const ACCESS = [
  [{}, undefined, "127.0.0.1", { key: "unset", api: false, channels: false, connect: false }],
  [
    { client: { isInsecure: true } },
    undefined,
    "127.0.0.1",
    { key: "unset", api: true, channels: true, connect: true },
  ],
  [
    { client: { isInsecure: true } },
    undefined,
    "10.0.0.1",
    { key: "unset", api: false, channels: true, connect: true },
  ],
  [
    { ...KEY, ...CLOSED },
    undefined,
    "127.0.0.1",
    { key: "none", api: false, channels: false, connect: false },
  ],
  [
    { ...KEY, ...CLOSED },
    "wrong",
    "127.0.0.1",
    { key: "wrong", api: false, channels: false, connect: false },
  ],
  [
    { ...KEY, ...CLOSED },
    "secret",
    "10.0.0.1",
    { key: "right", api: true, channels: true, connect: false },
  ],
] as const;

for (const [settings, key, from, expected] of ACCESS) {
  const name = `${JSON.stringify(settings)} shown ${key ?? "no key"} from ${from}`;
  Deno.test(`consoleAccess of ${name} tells what it allows`, async () => {
    const base = Object.keys(settings).length === 0 ? CLOSED : settings;
    const at = new Site({ settings: base });
    const headers: Record<string, string> = key === undefined ? {} : { "x-api-key": key };
    const response = await at.request("GET /console/access", { headers, from });
    assertEquals([response.status, response.headers.get("cache-control")], [200, "no-store"]);
    assertEquals(await jsonOf(response), expected);
  });
}

Deno.test("consoleAsset gives each file once to a browser that keeps it", async () => {
  const at = new Site();
  const tags = new Set<string>();
  for (const path of ["/", "/console", "/console/console.js", "/console/console.css"]) {
    const first = await at.request(`GET ${path}`);
    const etag = first.headers.get("etag");
    assert(etag !== null && (await first.text()).length > 0, path);
    tags.add(etag);
    const again = await at.request(`GET ${path}`, { headers: { "if-none-match": etag } });
    assertEquals([again.status, await again.text()], [304, ""], path);
    assertEquals(again.headers.get("content-security-policy")?.startsWith("default-src"), true);
    const other = await at.request(`GET ${path}`, { headers: { "if-none-match": '"other"' } });
    assertEquals(other.status, 200);
    await other.body?.cancel();
  }
  assertEquals(tags.size, 3, "the page is the same at both of its addresses");
});

Deno.test("listChannels tells those that match a pattern", async () => {
  const at = new Site({ settings: { client: { isInsecure: true } } });
  const headers = { accept: "text/event-stream" };
  const bodies = await Promise.all(
    ["a1", "a2", "b1"].map(async (channel) =>
      (await at.request(`GET /channels/${channel}`, { headers })).body
    ),
  );
  const names = async (query: string) => {
    const { channels, total } = await jsonOf(await at.request(`GET /channels${query}`));
    assert(Array.isArray(channels));
    assertEquals(total, channels.length);
    return channels.map(({ channel }) => channel);
  };
  assertEquals(await names(""), ["a1", "a2", "b1"]);
  assertEquals(await names("?pattern=a*"), ["a1", "a2"]);
  assertEquals(await names("?pattern=*1*"), ["a1", "b1"]);
  const long = await at.request(`GET /channels?pattern=${"*".repeat(511)}`);
  assertEquals(long.status, 400);
  await long.body?.cancel();
  for (const body of bodies) await body?.cancel();
});

/** What every answer tells a browser to forbid, over HTTP and over TLS. */
import { assert, assertEquals } from "@std/assert";
import { Authority } from "../helpers/authority.ts";
import { rawRequest } from "../helpers/http.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";

const CONSOLE = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const FILE = {
  "content-security-policy": null,
  "cross-origin-opener-policy": "same-origin-allow-popups",
  "cross-origin-resource-policy": "same-site",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
};

const NO_GUESSING = { "x-content-type-options": "nosniff" };

/** Addresses, and what is said at each. */
const ANSWERS: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  "/console": CONSOLE,
  "/console/console.js": CONSOLE,
  "/console/console.css": CONSOLE,
  "/": FILE,
  "/page.html": FILE,
  "/folder": FILE,
  "/nothing": NO_GUESSING,
  "/channels": NO_GUESSING,
  "/channels/a": NO_GUESSING,
  "/healthz": NO_GUESSING,
  "/metrics": NO_GUESSING,
};

forEachMode("every page and file forbids what it does not need", async (mode) => {
  await using authority = await Authority.create();
  const folder = authority.path("public");
  await Deno.mkdir(`${folder}/folder`, { recursive: true });
  for (const name of ["index.html", "page.html"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "hi");
  }
  const tls = await authority.issue();
  using client = Deno.createHttpClient({ caCerts: [authority.caText] });
  for (const args of [[], tls.args]) {
    await using server = await Midgard.start({ mode, args: [...args, "--public", folder] });
    const { url } = await server.ready;
    for (const [path, expected] of Object.entries(ANSWERS)) {
      const response = await fetch(`${url}${path}`, { client, redirect: "manual" });
      await response.body?.cancel();
      const told = Object.keys(expected).map((name) => [name, response.headers.get(name)]);
      assertEquals(Object.fromEntries(told), expected, `${url}${path}`);
      // It would bind a whole host name: that is for whoever owns the name.
      assert(!response.headers.has("strict-transport-security"));
      if (expected === CONSOLE) assert(response.headers.has("permissions-policy"));
    }
    assertEquals((await server.stop()).code, 0);
  }
});

const UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

/** Requests that are refused before any address is looked at, and the status of each. */
const REFUSED = [
  { status: 400, head: "GET / HTTP/1.1\r\nHost: 127.0.0.1:not-a-port\r\n" },
  { status: 403, head: "GET / HTTP/1.1\r\nHost: evil.example\r\n" },
  { status: 405, head: `POST /channels/a HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}` },
  { status: 426, head: `GET /channels/a HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}` },
  { status: 403, head: `GET /channels/a HTTP/1.1\r\nHost: localhost\r\n${UPGRADE}${foreign()}` },
];

function foreign(): string {
  const version = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  return `${version}Origin: https://evil.example\r\n`;
}

forEachMode("every refusal forbids guessing its type", async (mode) => {
  await using server = await Midgard.start({ mode });
  for (const { status, head } of REFUSED) {
    const answer = await rawRequest(server.port, `${head}\r\n`);
    const told = answer.headers.get("x-content-type-options");
    assertEquals([answer.status, told], [status, "nosniff"], head);
  }
  assertEquals((await server.stop()).code, 0);
});

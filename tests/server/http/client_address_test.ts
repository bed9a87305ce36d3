import { assert, assertEquals } from "@std/assert";
import type { ProxyOptions } from "../../../server/http/client_address.ts";
import { clientAddress, isFromHere } from "../../../server/http/client_address.ts";
import { parseAddress, parseNetwork } from "../../../server/network.ts";
import { integer, pick, seededRandom, SEEDS } from "../../lifecycle/seeded_random.ts";

type Header = ProxyOptions["trustedProxyHeader"];

const PROXIES = ["10.0.0.0/8", "127.0.0.1", "2001:db8:ffff::/48"].map((text) =>
  parseNetwork(text)!
);

/** The client's address as a server finds it that trusts {@linkcode PROXIES}. */
function found(header: Header, value: string, peer = "10.0.0.1"): string {
  const options = { trustedProxies: PROXIES, trustedProxyHeader: header };
  return clientAddress(new Headers({ [header]: value }), peer, options);
}

const LISTS: readonly (readonly [list: string, address: string])[] = [
  ["192.0.2.7", "192.0.2.7"],
  ["192.0.2.7:4711", "192.0.2.7"],
  ["2001:DB8::7", "2001:db8::7"],
  ["[2001:db8::7]", "2001:db8::7"],
  ["[2001:db8::7]:4711", "2001:db8::7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["203.0.113.9, 192.0.2.7", "192.0.2.7"],
  ["203.0.113.9, 192.0.2.7, 10.1.1.1 ,2001:db8:ffff::5", "192.0.2.7"],
  ["127.0.0.1, 192.0.2.7", "192.0.2.7"],
  ["10.3.3.3, 10.2.2.2", "10.3.3.3"],
  ["", "10.0.0.1"],
  ["unknown", "10.0.0.1"],
  ["192.0.2.7, unknown", "10.0.0.1"],
  ["192.0.2.7, evil, 10.2.2.2", "10.2.2.2"],
  ["192.0.2.7,", "10.0.0.1"],
  [",", "10.0.0.1"],
  ["192.0.2.256", "10.0.0.1"],
  ["<script>", "10.0.0.1"],
];

Deno.test("clientAddress is the nearest hop in X-Forwarded-For that is no trusted proxy", () => {
  for (const [list, address] of LISTS) assertEquals(found("x-forwarded-for", list), address, list);
});

const FORWARDED: readonly (readonly [value: string, address: string])[] = [
  ["for=192.0.2.7", "192.0.2.7"],
  ["For=192.0.2.7;proto=https;by=203.0.113.43", "192.0.2.7"],
  ['proto=http ; for="192.0.2.7:4711"', "192.0.2.7"],
  ['for="[2001:db8::7]:4711"', "2001:db8::7"],
  ['for="[2001:db8::7]"', "2001:db8::7"],
  ["for=203.0.113.9, for=192.0.2.7", "192.0.2.7"],
  ["for=192.0.2.7, for=10.2.2.2;by=_hidden", "192.0.2.7"],
  ['for="192.0.\\2.7"', "192.0.2.7"],
  ['for=192.0.2.7;host="a, for=203.0.113.9"', "192.0.2.7"],
  ['for=192.0.2.7;host="a;for=203.0.113.9"', "192.0.2.7"],
  // What a client makes up never reaches what the proxy wrote behind it.
  ['for=", for=192.0.2.7', "192.0.2.7"],
  ['for=203.0.113.9;x=", for=192.0.2.7;proto="https"', "192.0.2.7"],
  ['x="\\, for="[2001:db8::7]"', "2001:db8::7"],
  ["for=unknown", "10.0.0.1"],
  ["for=_secret", "10.0.0.1"],
  ["proto=https", "10.0.0.1"],
  ["for=192.0.2.7;for=203.0.113.9", "10.0.0.1"],
  ["192.0.2.7", "10.0.0.1"],
  ["for=2001:db8::7", "10.0.0.1"],
  ["for=192.0.2.7, ;", "10.0.0.1"],
  ["for = 192.0.2.7", "10.0.0.1"],
];

Deno.test("clientAddress reads Forwarded as RFC 7239 has it", () => {
  for (const [value, address] of FORWARDED) assertEquals(found("forwarded", value), address, value);
});

Deno.test("clientAddress believes nobody who is no trusted proxy", () => {
  for (const peer of ["192.0.2.1", "2001:db8::1", "::1", "11.0.0.1"]) {
    assertEquals(found("x-forwarded-for", "203.0.113.9", peer), peer);
    assertEquals(found("forwarded", "for=203.0.113.9", peer), peer);
  }
  const nobody = { trustedProxies: [], trustedProxyHeader: "forwarded" } as const;
  assertEquals(clientAddress(new Headers({ forwarded: "for=192.0.2.7" }), "::1", nobody), "::1");
});

Deno.test("clientAddress reads only the header that its proxies write", () => {
  const headers = new Headers({ forwarded: "for=192.0.2.7", "x-forwarded-for": "203.0.113.9" });
  const address = (trustedProxyHeader: Header) =>
    clientAddress(headers, "127.0.0.1", { trustedProxies: PROXIES, trustedProxyHeader });
  assertEquals([address("forwarded"), address("x-forwarded-for")], ["192.0.2.7", "203.0.113.9"]);
});

const SCRAPS = [
  ...[
    "for=",
    "by=",
    ",",
    ";",
    '"',
    "\\",
    " ",
    "[",
    "]",
    ":",
    "::",
    ".",
    "/8",
    "unknown",
    "_x",
    "\t",
  ],
  ...["10.0.0.1", "192.0.2.7", "2001:db8::7", "9".repeat(40), "for=10.0.0.1", "%", "é", "="],
] as [string, ...string[]];

Deno.test("clientAddress is what the last proxy wrote, whatever a client made up before it", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    for (let round = 0; round < 200; round++) {
      const made = Array.from({ length: integer(random, 30) }, () => pick(random, SCRAPS)).join("");
      assertEquals(found("x-forwarded-for", `${made}, 192.0.2.1`), "192.0.2.1", made);
      assertEquals(found("forwarded", `${made}, for=192.0.2.1;proto=http`), "192.0.2.1", made);
      for (const header of ["forwarded", "x-forwarded-for"] as const) {
        assert(parseAddress(found(header, made)) !== undefined, made);
      }
    }
  }
});

Deno.test("clientAddress takes no time for a header made to take it", () => {
  const begun = performance.now();
  for (const scrap of [",a=", ',a="', ';a="', 'a="b";', "for=10.0.0.1,", "10.0.0.1,", '"\\', ","]) {
    found("forwarded", scrap.repeat(65_536 / scrap.length));
    found("x-forwarded-for", scrap.repeat(65_536 / scrap.length));
  }
  const ms = performance.now() - begun;
  assert(ms < 2_000, `${ms} ms`);
});

Deno.test("isFromHere is true for this machine, but not for what its proxies pass on", () => {
  const passedOn = { forwarded: "for=127.0.0.1" };
  const none = { trustedProxies: [], trustedProxyHeader: "forwarded" } as const;
  const some = { ...none, trustedProxies: PROXIES };
  assert(isFromHere(new Headers(), "127.0.0.1", some));
  assert(!isFromHere(new Headers(), "192.0.2.7", some));
  assert(!isFromHere(new Headers(passedOn), "127.0.0.1", some));
  assert(!isFromHere(new Headers({ "x-forwarded-for": "nonsense" }), "127.0.0.1", some));
  assert(isFromHere(new Headers(passedOn), "127.0.0.1", none));
});

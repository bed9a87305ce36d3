import { assert, assertEquals } from "@std/assert";
import { BlockList, isIP, isIPv6 } from "node:net";
import {
  addressText,
  clientKey,
  isWithin,
  networkText,
  parseAddress,
  parseNetwork,
} from "../../server/network.ts";
import { integer, pick, seededRandom, SEEDS } from "../lifecycle/seeded_random.ts";

type Random = () => number;

function textOf(random: Random): string {
  if (random() < 0.4) return Array.from({ length: 4 }, () => integer(random, 256)).join(".");
  const groups = Array.from({ length: 8 }, () => pick(random, [0, 0, 1, integer(random, 65_536)]));
  const hex = groups.map((group) => group.toString(16));
  const [from, count] = [integer(random, 7), integer(random, 3)];
  if (groups.slice(from, from + count).some((group) => group !== 0) || count === 0) {
    return hex.join(":");
  }
  return `${hex.slice(0, from).join(":")}::${hex.slice(from + count).join(":")}`;
}

/** What is nearly an address: a character too many, too few, or another one. */
function broken(random: Random): string {
  const text = textOf(random);
  const at = integer(random, text.length);
  const put = pick(random, ["", ".", ":", "0", "g", "[", "]", "%", "/", " ", "-", "\u0660", "@"]);
  return text.slice(0, at) + put + text.slice(at + integer(random, 2));
}

Deno.test("parseAddress takes what the platform takes for an address, and nothing else", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    for (let round = 0; round < 400; round++) {
      const text = round % 2 === 0 ? textOf(random) : broken(random);
      // A zone means something to one machine only.
      const isAddress = isIP(text) !== 0 && !text.includes("%");
      assertEquals(parseAddress(text) !== undefined, isAddress, `${seed}: ${text}`);
    }
  }
});

Deno.test("addressText gives one text for all spellings of an address", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    for (let round = 0; round < 100; round++) {
      const address = parseAddress(textOf(random))!;
      assertEquals(address.length, 8);
      assertEquals(parseAddress(addressText(address)), address);
      const long = address.map((group) => group.toString(16).toUpperCase().padStart(4, "0"));
      assertEquals(addressText(parseAddress(long.join(":"))!), addressText(address));
    }
  }
  assertEquals(addressText(parseAddress("::ffff:192.0.2.1")!), "192.0.2.1");
  assertEquals(addressText(parseAddress("2001:0DB8::0:1")!), "2001:db8::1");
});

Deno.test("isWithin agrees with the platform about thousands of networks", () => {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    for (let round = 0; round < 200; round++) {
      const host = textOf(random);
      const bits = integer(random, isIPv6(host) ? 129 : 33);
      const network = parseNetwork(`${host}/${bits}`);
      if (network === undefined) continue;
      const family = isIPv6(host) ? "ipv6" : "ipv4";
      const list = new BlockList();
      list.addSubnet(host, bits, family);
      const other = pick(random, [host, textOf(random), textOf(random)]);
      if (isIPv6(other) !== isIPv6(host)) continue;
      const isListed = list.check(other, family);
      assertEquals(
        isWithin(parseAddress(other)!, network),
        isListed,
        `${other} in ${host}/${bits}`,
      );
    }
  }
});

Deno.test("isWithin tells IPv4 in either form from IPv6", () => {
  const v4 = parseNetwork("10.0.0.0/8")!;
  assert(isWithin(parseAddress("::ffff:10.1.2.3")!, v4));
  assert(!isWithin(parseAddress("::10.1.2.3")!, v4));
  assert(isWithin(parseAddress("10.1.2.3")!, parseNetwork("::ffff:10.0.0.0/104")!));
  assert(!isWithin(parseAddress("2001:db8::1")!, parseNetwork("0.0.0.0/0")!));
});

Deno.test("parseNetwork refuses what is no network", () => {
  const bad = [
    ...[
      "",
      "/8",
      "10.0.0.0/",
      "10.0.0.0/33",
      "10.0.0.1/8",
      "10.0.0.0/8/8",
      "10.0.0/8",
      "10.0.0.0/-1",
    ],
    ...["::/129", "fd00::1/8", "fe80::1%eth0", "[::1]", "010.0.0.1", "example.com", "10.0.0.0/ 8"],
  ];
  for (const text of bad) assertEquals(parseNetwork(text), undefined, text);
});

Deno.test("networkText gives back a network in its canonical form", () => {
  const rows = [
    ...["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", "::1", "fd00::/8", "::/0"],
  ].map((text) => [text, text]);
  for (const [text, canonical] of [...rows, ["2001:DB8:0:0::/32", "2001:db8::/32"]]) {
    assertEquals(networkText(parseNetwork(text!)!), canonical);
  }
});

Deno.test("clientKey is one for an IPv4 address and for 64 bits of IPv6", () => {
  const key = (text: string) => clientKey(parseAddress(text)!);
  assertEquals(key("192.0.2.7"), "192.0.2.7");
  assertEquals(key("::ffff:192.0.2.7"), "192.0.2.7");
  assertEquals(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assertEquals(key("2001:db8:1:2::"), key("2001:db8:1:2:ffff::1"));
  assert(key("2001:db8:1:2::") !== key("2001:db8:1:3::"));
});

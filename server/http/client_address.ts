import type { ClientOptions } from "../config/mod.ts";
import { isLoopback } from "../config/mod.ts";
import type { Address, Network } from "../network.ts";
import { addressText, isWithin, parseAddress } from "../network.ts";

/** Whose word is taken for a client's address, and in which header. */
export type ProxyOptions = Pick<ClientOptions, "trustedProxies" | "trustedProxyHeader">;

/**
 * The address of the client itself, in its canonical text. The peer is believed about it only if it
 * is a trusted proxy, and then its neighbour if that is one, too: the nearest hop that is none is the
 * client. What is malformed or hidden (RFC 7239 6.2, 6.3) is ignored with all that is written left of
 * it, which nobody trustworthy has seen.
 *
 * @param peer Who has connected, as the runtime says.
 */
export function clientAddress(
  headers: Headers,
  peer: string,
  { trustedProxies, trustedProxyHeader }: ProxyOptions,
): string {
  if (trustedProxies.length === 0) return peer;
  let nearest = parseAddress(peer);
  if (nearest === undefined) return peer;
  const header = headers.get(trustedProxyHeader) ?? "";
  const hops = trustedProxyHeader === "forwarded" ? forwardedFor(header) : lastFirst(header);
  for (const hop of hops) {
    if (!isTrusted(nearest, trustedProxies)) break;
    const next = parseNode(hop.trim());
    if (next === undefined) break;
    nearest = next;
  }
  return addressText(nearest);
}

function isTrusted(address: Address, proxies: readonly Network[]): boolean {
  return proxies.some((network) => isWithin(address, network));
}

/** The entries of an `X-Forwarded-For` header, the last one first. */
function* lastFirst(header: string): Generator<string> {
  for (let end = header.length; end >= 0;) {
    const comma = header.lastIndexOf(",", end - 1);
    yield header.slice(comma + 1, end);
    end = end === 0 ? -1 : comma;
  }
}

/** An address as proxies write it: bare, or IPv6 in brackets; with a port or without (RFC 7239 6). */
function parseNode(text: string): Address | undefined {
  const [, v6, v4] = /^(?:\[([^\]]*)\]|(\d[\d.]*))(?::\d{1,5})?$/.exec(text) ?? [];
  return parseAddress(v6 ?? v4 ?? text);
}

/**
 * `for=` of the elements of a `Forwarded` header (RFC 7239 4), the last one first, as far as it keeps
 * to the grammar from its end on; empty where an element has none or more than one.
 */
function* forwardedFor(header: string): Generator<string> {
  let rest = header.slice(-MAX_FORWARDED);
  while (true) {
    const last = LAST_ELEMENT.exec(rest);
    if (last === null) return;
    const [, element = ""] = last;
    const pairs = [...element.matchAll(PAIRS)].filter(([, name]) => name?.toLowerCase() === "for");
    const [, , bare, quoted = ""] = (pairs.length === 1 ? pairs[0] : undefined) ?? [];
    yield bare ?? quoted.replace(/\\(.)/g, "$1");
    rest = rest.slice(0, last.index);
  }
}

/** Characters that are looked at: all that is needed for the proxies that there may be. */
const MAX_FORWARDED = 2_048;

/** RFC 9110 5.6.2 and 5.6.4. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = String.raw`(?:[^"\\]|\\.)*`;
const PAIR = `(${TOKEN})=(?:(${TOKEN})|"(${QUOTED})")`;
const PAIRS = new RegExp(PAIR, "g");
const ELEMENT = `${PAIR}(?:[ \\t]*;[ \\t]*${PAIR})*`.replaceAll(/\((?!\?)/g, "(?:");
const LAST_ELEMENT = new RegExp(`(?:^|,)[ \\t]*(${ELEMENT})[ \\t]*$`);

/**
 * Whether a request comes from this machine itself. Behind trusted proxies only one that none of them
 * has passed on does, whatever it says of where it was from.
 *
 * @param peer Who has connected, as the runtime says.
 */
export function isFromHere(
  headers: Headers,
  peer: string,
  { trustedProxies }: ProxyOptions,
): boolean {
  const isPassedOn = headers.has("x-forwarded-for") || headers.has("forwarded");
  return isLoopback(peer) && !(trustedProxies.length > 0 && isPassedOn);
}

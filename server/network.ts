/** Network addresses: read, told apart and printed in one form, whatever they were written in. */

/**
 * An address as eight groups of 16 bits. One of IPv4 is `::ffff:a.b.c.d` (RFC 4291 2.5.5.2), so that
 * a socket that takes both families sees one client as one.
 */
export type Address = readonly number[];

/** All addresses that begin with the same bits. */
export interface Network {
  readonly address: Address;
  /** How many bits, of the 128 of {@linkcode Address}. */
  readonly bits: number;
}

/** Groups before the 32 bits of an IPv4 address. */
const MAPPED = [0, 0, 0, 0, 0, 0xffff];
const MAPPED_BITS = 96;
/** Eight groups of four digits and seven colons, or six and an IPv4 address. */
const MAX_ADDRESS_LENGTH = 45;

/** Reads an IPv4 or IPv6 address, without brackets, port or zone; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (v4 !== null) return parseV4(v4.slice(1));
  const isV6 = text.length <= MAX_ADDRESS_LENGTH && text.includes(":") &&
    /^[\da-fA-F:.]+$/.test(text);
  // The platform's parser gives the one canonical form, with all of it in hexadecimal.
  const canonical = isV6 ? URL.parse(`http://[${text}]/`)?.hostname : undefined;
  return canonical === undefined ? undefined : parseV6(canonical.slice(1, -1));
}

/** Reads an address or a range of them, `10.0.0.0/8` (RFC 4632), `fd00::/8`. */
export function parseNetwork(text: string): Network | undefined {
  const [, host = "", prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  const offset = host.includes(":") ? 0 : MAPPED_BITS;
  const bits = prefix === undefined ? 128 : Number(prefix) + offset;
  // Only part of the mapped ones has no name in IPv4.
  const isPart = isV4(address) && bits < MAPPED_BITS;
  return bits > 128 || isPart || !isZeroAfter(address, bits) ? undefined : { address, bits };
}

/** A network as it would be given, in its canonical form; an address without the bits. */
export function networkText({ address, bits }: Network): string {
  const own = isV4(address) ? bits - MAPPED_BITS : bits;
  return bits === 128 ? addressText(address) : `${addressText(address)}/${own}`;
}

/** Whether an address is in a network. */
export function isWithin(address: Address, { address: first, bits }: Network): boolean {
  return address.every((group, index) => {
    const mask = maskOf(bits - index * 16);
    return (group & mask) === ((first[index] ?? 0) & mask);
  });
}

/** `192.0.2.7` or, as RFC 5952 has it, `2001:db8::7`. */
export function addressText(address: Address): string {
  if (isV4(address)) {
    return address.slice(6).flatMap((group) => [group >> 8, group & 0xff]).join(".");
  }
  return v6Text(address);
}

/** Eight groups of 16 bits as RFC 5952 has them, mapped ones too. */
export function v6Text(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(":");
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/** The client that an address stands for: itself, or in IPv6 its network of 64 bits (RFC 6177). */
export function clientKey(address: Address): string {
  if (isV4(address)) return addressText(address);
  return `${address.slice(0, 4).map((group) => group.toString(16)).join(":")}::/64`;
}

function isV4(address: Address): boolean {
  return MAPPED.every((group, index) => address[index] === group);
}

function parseV4(digits: readonly string[]): Address | undefined {
  const bytes = digits.map(Number);
  // 010 is eight for some and ten for others.
  if (bytes.some((byte, index) => byte > 255 || String(byte) !== digits[index])) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return [...MAPPED, a * 256 + b, c * 256 + d];
}

function parseV6(canonical: string): Address {
  const [head = "", tail] = canonical.split("::");
  const [left, right] = [head, tail ?? ""].map((part) =>
    part === "" ? [] : part.split(":").map((group) => parseInt(group, 16))
  );
  const known = [...left ?? [], ...right ?? []];
  return [...left ?? [], ...Array<number>(8 - known.length).fill(0), ...right ?? []];
}

function isZeroAfter(address: Address, bits: number): boolean {
  return address.every((group, index) => (group & ~maskOf(bits - index * 16) & 0xffff) === 0);
}

/** The first `bits` of a group. */
function maskOf(bits: number): number {
  return (0xffff << (16 - Math.min(16, Math.max(0, bits)))) & 0xffff;
}

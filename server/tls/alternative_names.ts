import { decodeBase64 } from "@std/encoding/base64";
import { v6Text } from "../network.ts";

/** The object identifier of the extension, 2.5.29.17, as it is written in DER. */
const SUBJECT_ALT_NAME = [0x06, 0x03, 0x55, 0x1d, 0x11];
const BOOLEAN = 0x01;
/** Tags of RFC 5280 4.2.1.6: `dNSName` and `iPAddress`. */
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/**
 * The hosts and addresses that a certificate is for, from its `subjectAltName`; empty where it has
 * none. Read here because `X509Certificate` of Deno 2.6 does not tell them.
 *
 * @param block One certificate in PEM.
 */
export function alternativeNames(block: string): readonly string[] {
  const der = decodeBase64(block.replace(/-----[^-]+-----|\s/g, ""));
  const at = indexOf(der, SUBJECT_ALT_NAME);
  if (at === -1) return [];
  let field = fieldAt(der, at + SUBJECT_ALT_NAME.length);
  if (field.tag === BOOLEAN) field = fieldAt(der, field.end);
  // An octet string that holds a sequence.
  const list = fieldAt(der, field.start);
  const names: string[] = [];
  for (let next = list.start; next < list.end;) {
    const { tag, start, end } = fieldAt(der, next);
    const name = nameOf(tag, der.subarray(start, end));
    if (name !== undefined) names.push(name);
    next = end;
  }
  return names;
}

interface Field {
  readonly tag: number;
  /** Where its content begins and ends. */
  readonly start: number;
  readonly end: number;
}

/** One field of DER; one that reaches beyond the end ends there. */
function fieldAt(der: Uint8Array, at: number): Field {
  const first = der[at + 1] ?? 0;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  const long = der.subarray(at + 2, start).reduce((sum, byte) => sum * 256 + byte, 0);
  const end = start + (lengthBytes === 0 ? first : long);
  return { tag: der[at] ?? 0, start, end: Math.min(end, der.length) };
}

function nameOf(tag: number, content: Uint8Array): string | undefined {
  if (tag === DNS_NAME) return new TextDecoder().decode(content);
  if (tag !== IP_ADDRESS) return undefined;
  if (content.length === 4) return content.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, index) => (content[2 * index] ?? 0) * 256 + (content[2 * index + 1] ?? 0),
  );
  return v6Text(groups);
}

function indexOf(bytes: Uint8Array, part: readonly number[]): number {
  return bytes.findIndex((_, at) => part.every((byte, index) => bytes[at + index] === byte));
}

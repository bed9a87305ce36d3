import { alternativeNames } from "./alternative_names.ts";

/** What a certificate says, as far as a server has to know it. */
export interface Certificate {
  /** The hosts it is for, or its subject where it names none. */
  readonly names: readonly string[];
  /** When it becomes valid and when it expires, in milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Whether each certificate of the file is followed by that of its issuer (RFC 5246 7.4.2). */
  readonly isChainInOrder: boolean;
}

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The certificates of a PEM file, one text each, in its order. */
export function certificateBlocks(pem: string): readonly string[] {
  return pem.match(BLOCK) ?? [];
}

/**
 * Reads the first certificate of a PEM file, which is the server's own, and the order of the rest.
 *
 * @throws {Error} if one of them is damaged or there is none.
 */
export async function readCertificate(pem: string): Promise<Certificate> {
  // Loaded here, as a start without TLS has no use for it.
  const { X509Certificate } = await import("node:crypto");
  const blocks = certificateBlocks(pem);
  const chain = blocks.map((block) => new X509Certificate(block));
  const [own, ...issuers] = chain;
  if (own === undefined) throw new TypeError("Cannot read a certificate as the file holds none");
  const names = alternativeNames(blocks[0] ?? "");
  return {
    names: names.length > 0 ? names : [own.subject.replaceAll("\n", ", ")],
    notBeforeMs: Date.parse(own.validFrom),
    notAfterMs: Date.parse(own.validTo),
    isChainInOrder: issuers.every(({ subject }, index) => chain[index]?.issuer === subject),
  };
}

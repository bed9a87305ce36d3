import type { Certificate } from "./certificate.ts";
import { certificateBlocks, readCertificate } from "./certificate.ts";
import type { KeyPair } from "./tls_judge.ts";
import { judge } from "./tls_judge.ts";

/** A file of the configuration. */
export interface TlsFile {
  readonly path: string;
  /** Where its path was given: a flag, a variable, or a key of the configuration file. */
  readonly source: string;
}

/** Options of {@linkcode loadTls}. */
export interface TlsFiles {
  readonly cert: TlsFile;
  readonly key: TlsFile;
}

/** What a server needs in order to speak TLS. */
export interface Tls extends KeyPair {
  readonly certificate: Certificate;
}

/** What came of the files. */
export type LoadedTls =
  | { readonly kind: "loaded"; readonly tls: Tls }
  /** Every problem, a sentence each. */
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/**
 * Reads a certificate with its chain, and its key. Whether the certificate is still valid is not
 * asked here: a server with an expired one serves those who do not mind.
 */
export async function loadTls({ cert, key }: TlsFiles): Promise<LoadedTls> {
  const problems: string[] = [];
  const pair = { cert: read(cert, problems), key: read(key, problems) };
  if (problems.length > 0) return { kind: "refused", problems };
  if (certificateBlocks(pair.cert).length === 0) {
    problems.push(refusal(cert, "a file that holds a certificate in PEM"));
  }
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pair.key)) {
    problems.push(refusal(key, "a file that holds a private key in PEM"));
  } else if (/ENCRYPTED/.test(pair.key)) {
    problems.push(refusal(key, "a file that holds a private key without a passphrase"));
  }
  if (problems.length > 0) return { kind: "refused", problems };
  const problem = problemOf(pair, { cert, key });
  if (problem !== undefined) return { kind: "refused", problems: [problem] };
  try {
    return { kind: "loaded", tls: { ...pair, certificate: await readCertificate(pair.cert) } };
  } catch {
    return { kind: "refused", problems: [refusal(cert, DAMAGED)] };
  }
}

const DAMAGED = "a file whose certificates are whole";

function problemOf(pair: KeyPair, { cert, key }: TlsFiles): string | undefined {
  const verdict = judge(pair);
  switch (verdict.kind) {
    case "accepted":
      return undefined;
    case "bad certificate":
      return refusal(cert, DAMAGED);
    case "bad key":
      return refusal(key, "a file that holds a whole RSA, ECDSA or Ed25519 key");
    case "wrong order": {
      const rule = "a file that begins with the certificate of the key";
      return `${refusal(cert, rule)}, in which it is number ${verdict.number}`;
    }
    case "mismatch":
      return refusal(key, `the key of the certificate in "${cert.path}"`);
    case "refused":
      return `Cannot use "${cert.path}" and "${key.path}" for TLS: ${verdict.reason}`;
  }
}

/** A configuration's values for TLS. */
interface TlsOptions {
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

/** {@linkcode loadTls} with what a configuration says; undefined if it says nothing of TLS. */
export async function tlsOf(
  { tlsCert, tlsKey }: TlsOptions,
  sources: Readonly<Record<keyof TlsOptions, string>>,
): Promise<LoadedTls | undefined> {
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return await loadTls({
    cert: { path: tlsCert, source: sources.tlsCert },
    key: { path: tlsKey, source: sources.tlsKey },
  });
}

/**
 * The keys of the files that no longer hold what a server has been using since its start, or cannot
 * be read any more. What is no file but a pipe holds nothing that could be compared.
 */
export async function changedTlsFiles(
  { cert, key }: KeyPair,
  { tlsCert, tlsKey }: TlsOptions,
): Promise<readonly string[]> {
  const files = [
    ["tls.cert", tlsCert, cert],
    ["tls.key", tlsKey, key],
  ] as const;
  const changed: string[] = [];
  for (const [name, path, text] of files) {
    if (path !== undefined && await differs(path, text)) changed.push(name);
  }
  return changed;
}

async function differs(path: string, text: string): Promise<boolean> {
  try {
    const { isFile } = await Deno.stat(path);
    return isFile && await Deno.readTextFile(path) !== text;
  } catch {
    return true;
  }
}

/** The text of a file; what keeps it from being read is added to `problems`. */
function read(file: TlsFile, problems: string[]): string {
  try {
    return Deno.readTextFileSync(file.path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    problems.push(`${refusal(file, "a file that can be read")} (${reason})`);
    return "";
  }
}

function refusal({ path, source }: TlsFile, rule: string): string {
  return `Cannot start as "${source}" must be ${rule}: current value is "${path}"`;
}

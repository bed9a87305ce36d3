import { certificateBlocks } from "./certificate.ts";

/** A certificate and its key as texts in PEM, as `Deno.serve` takes them. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** What the runtime thinks of a certificate and a key. */
export type Verdict =
  | { readonly kind: "accepted" }
  | { readonly kind: "bad certificate" }
  | { readonly kind: "bad key" }
  /** The key is that of another certificate of the file: the number of that one, from 2. */
  | { readonly kind: "wrong order"; readonly number: number }
  /** The key is that of none of them. */
  | { readonly kind: "mismatch" }
  /** It said something else. */
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Whether a server could use a certificate and a key. Asked is the TLS of the runtime itself, by a
 * listener on loopback that is closed at once: not every Deno can compare keys of all kinds
 * otherwise, and no other opinion counts.
 */
export function judge({ cert, key }: KeyPair): Verdict {
  const verdict = ask({ cert, key });
  if (verdict.kind !== "mismatch") return verdict;
  const blocks = certificateBlocks(cert);
  const at = blocks.findIndex((block) => ask({ cert: block, key }).kind === "accepted");
  return at > 0 ? { kind: "wrong order", number: at + 1 } : verdict;
}

function ask(pair: KeyPair): Verdict {
  try {
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...pair }).close();
    return { kind: "accepted" };
  } catch (error) {
    return verdictOf(error instanceof Error ? error.message : String(error));
  }
}

function verdictOf(reason: string): Verdict {
  if (reason.includes("KeyMismatch")) return { kind: "mismatch" };
  if (/No certificates found|BadEncoding|decode certificate/.test(reason)) {
    return { kind: "bad certificate" };
  }
  if (/No keys found|private key|decode key/.test(reason)) return { kind: "bad key" };
  return { kind: "refused", reason };
}

import { certificateBlocks } from "../tls/mod.ts";

/** Whom a command trusts besides the public authorities. */
export type Trust =
  /** `client` is what `fetch` and `WebSocket` take; undefined where nobody was named. */
  | { readonly kind: "trusted"; readonly client: Deno.HttpClient | undefined }
  /** `problem` completes "Cannot … as …". */
  | { readonly kind: "refused"; readonly problem: string };

/** Reads the file that `--ca` names: certificates of authorities in PEM. */
export function trust(path: string | undefined): Trust {
  if (path === undefined) return { kind: "trusted", client: undefined };
  const refused = (rule: string, why = ""): Trust => ({
    kind: "refused",
    problem: `"--ca" must be a file that ${rule}: current value is "${path}"${why}`,
  });
  try {
    const caCerts = [...certificateBlocks(Deno.readTextFileSync(path))];
    if (caCerts.length === 0) return refused("holds certificates in PEM");
    return { kind: "trusted", client: Deno.createHttpClient({ caCerts }) };
  } catch (error) {
    return refused("can be read", ` (${error instanceof Error ? error.message : error})`);
  }
}

/** What stands in the way of speaking to a server at all: its certificate, or `http` for `https`. */
export function connectionProblem(message: string): string | undefined {
  if (message.includes("InvalidContentType")) return "it speaks no TLS: try http://";
  // What a server that speaks TLS says to a plain request is an alert (RFC 8446 6), and no HTTP.
  if (message.includes("invalid HTTP version")) return "it speaks no HTTP: try https://";
  const [, reason] = /invalid peer certificate: (.*)/.exec(message) ?? [];
  if (reason === undefined) return undefined;
  if (reason.includes("UnknownIssuer")) {
    return "nobody vouches for its certificate: name the file of its authority with --ca";
  }
  if (/NotValidForName|not valid for name/.test(reason)) {
    return "its certificate is not for this host";
  }
  return reason.startsWith("Expired") || /certificate expired/.test(reason)
    ? "its certificate has expired"
    : `its certificate is not good: ${reason}`;
}

/** What stood in the way of a request, as the end of a sentence: what lies beneath the error. */
export function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return failureOf(error.cause);
  const { message } = error;
  if (/connection refused|actively refused|ECONNREFUSED/i.test(message)) {
    return "nothing listens there";
  }
  if (isUnknownHost(message)) return "no such host is known";
  return connectionProblem(message) ?? message;
}

/** Whether a failure will not pass by waiting: another address or certificate is needed. */
export function isLasting(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.cause instanceof Error) return isLasting(error.cause);
  return isUnknownHost(error.message) || connectionProblem(error.message) !== undefined;
}

function isUnknownHost(message: string): boolean {
  return /failed to lookup address|dns error|ENOTFOUND/i.test(message);
}

import { requestUrl } from "../address.ts";
import { answeredJson, refusalOf } from "../refusal.ts";
import { failureOf } from "../trust.ts";

/** What a running server says of itself. */
export type Health = Readonly<Record<string, unknown>> & {
  readonly status: string;
  readonly uptime_s: number;
};

/** What came of asking. */
export type Asked =
  | { readonly kind: "answered"; readonly health: Health; readonly atMs: number }
  /** `problem` is the end of a sentence. */
  | { readonly kind: "failed"; readonly problem: string };

/** Whom to ask, and how. */
export interface AskOptions {
  readonly url: string;
  /** Trusts a private authority; undefined for the public ones. */
  readonly client: Deno.HttpClient | undefined;
  /** Opens what only this machine is told otherwise. */
  readonly apiKey: string | undefined;
  /** Ends the wait early. */
  readonly signal: AbortSignal;
}

const ASK_TIMEOUT_MS = 5_000;

/** Asks a server by its `/healthz` how it is; never rejects. */
export async function ask({ url, client, apiKey, signal }: AskOptions): Promise<Asked> {
  const timeout = AbortSignal.timeout(ASK_TIMEOUT_MS);
  const headers: HeadersInit = apiKey === undefined ? {} : { "x-api-key": apiKey };
  try {
    const response = await fetch(requestUrl(url, "/healthz"), {
      headers,
      ...(client !== undefined && { client }),
      signal: AbortSignal.any([signal, timeout]),
    });
    const atMs = performance.now();
    const body = await answeredJson(response);
    if (isHealth(body)) return { kind: "answered", health: body, atMs };
    return failed(refusalOf(body)?.message ?? "what listens there is no Midgard");
  } catch (error) {
    if (timeout.aborted) return failed(`no answer within ${ASK_TIMEOUT_MS / 1_000} s`);
    return failed(failureOf(error));
  }
}

function failed(problem: string): Asked {
  return { kind: "failed", problem };
}

function isHealth(body: unknown): body is Health {
  return typeof body === "object" && body !== null &&
    "status" in body && typeof body.status === "string" &&
    "uptime_s" in body && typeof body.uptime_s === "number";
}

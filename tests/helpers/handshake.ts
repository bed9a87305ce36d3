/** The client's side of the opening handshake (RFC 6455 section 4), by hand. */
import { HttpExchange, type HttpResponse, requestText, type TlsTrust } from "./http.ts";

/** Where to connect, and what to say. */
export interface HandshakeOptions {
  readonly port: number;
  /** Whom to trust, for a server with TLS. */
  readonly tls?: TlsTrust;
  /** @default "/channels/test" */
  readonly path?: string;
  /** Added to the handshake's own headers; a name that is already there is replaced. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** How the opening handshake went. */
export type Handshake =
  | {
    readonly kind: "open";
    readonly headers: Headers;
    readonly connection: Deno.Conn;
    readonly rest: Uint8Array;
  }
  | { readonly kind: "refused"; readonly response: HttpResponse }
  | { readonly kind: "lost"; readonly cause: string };

/** The nonce and the answer to it that RFC 6455 1.3 prints; a hash for each peer would buy nothing. */
const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The bytes of an opening handshake, for tests that send only a part of it. */
export function handshakeText(
  { path = "/channels/test", headers = {} }: Omit<HandshakeOptions, "port" | "tls"> = {},
): string {
  return requestText(`GET ${path}`, {
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...headers,
  });
}

/** Connects and upgrades. A refusal is an outcome: its status and headers are what a test reads. */
export async function openHandshake(options: HandshakeOptions): Promise<Handshake> {
  let exchange: HttpExchange;
  try {
    exchange = await HttpExchange.open(options.port, options.tls);
  } catch (cause) {
    return { kind: "lost", cause: String(cause) };
  }
  using owned = exchange;
  await owned.write(handshakeText(options));
  return await finishHandshake(owned);
}

/** Reads the answer to a handshake that has been written on `exchange`, and takes the connection over. */
export async function finishHandshake(exchange: HttpExchange): Promise<Handshake> {
  const outcome = await exchange.response();
  if (outcome.kind !== "response") return { kind: "lost", cause: outcome.kind };
  const { response } = outcome;
  if (response.status !== 101) return { kind: "refused", response };
  if (response.headers.get("sec-websocket-accept") !== ACCEPT) {
    return { kind: "lost", cause: "wrong Sec-WebSocket-Accept" };
  }
  return { kind: "open", headers: response.headers, ...exchange.release() };
}

import type { CentrifugeCodec } from "../protocol/mod.ts";
import { CENTRIFUGE_JSON } from "../protocol/mod.ts";
import type { ClientSessions } from "../session/mod.ts";
import { queryOf } from "./query.ts";

/** Which encoding a client speaks. */
export interface CodecChoice {
  /** Loaded when the first client asks for it. */
  readonly codec: CentrifugeCodec | Promise<CentrifugeCodec>;
  /** The subprotocol to answer with; undefined where the client offered none of ours. */
  readonly protocol: string | undefined;
}

const PROTOBUF = "centrifuge-protobuf";
const JSON_PROTOCOL = "centrifuge-json";

/** The encoding of a WebSocket: by subprotocol, or by query. */
export function codecOfSocket({ url, headers }: Request, clients: ClientSessions): CodecChoice {
  const offered = (headers.get("sec-websocket-protocol") ?? "").split(",").map((name) =>
    name.trim()
  );
  const query = queryOf(url);
  const isAsked = query.get("cf_protocol") === "protobuf" || query.get("format") === "protobuf";
  if (offered.includes(PROTOBUF)) return { codec: clients.protobuf(), protocol: PROTOBUF };
  const protocol = offered.includes(JSON_PROTOCOL) ? JSON_PROTOCOL : undefined;
  if (isAsked) return { codec: clients.protobuf(), protocol };
  return { codec: CENTRIFUGE_JSON, protocol };
}

/** The encoding of an HTTP stream and of what is sent beside it: by the type of the body. */
export function codecOfBody(
  { headers }: Request,
  clients: ClientSessions,
): CentrifugeCodec | Promise<CentrifugeCodec> {
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  return type === "application/octet-stream" ? clients.protobuf() : CENTRIFUGE_JSON;
}

import type { ClientInfo, Publication } from "../publication.ts";
import type { WireClientInfo, WirePublication } from "./centrifuge_replies.ts";
import type { Stream } from "./protocol.ts";

/**
 * A publication as the Centrifuge protocol shows it. Only a channel with history has offsets; what
 * there is none of has no key. The time stays here: Centrifugo does not send it either.
 */
export function wirePublication(
  { payload, info, offset, tags }: Publication,
  stream: Pick<Stream, "hasHistory">,
): WirePublication {
  return {
    data: payload,
    ...(info !== undefined && { info: wireClientInfo(info) }),
    ...(stream.hasHistory && offset > 0 && { offset }),
    ...(tags !== undefined && { tags }),
  };
}

/** A client as the Centrifuge protocol shows it: what its tokens say of it stands as JSON. */
export function wireClientInfo({ user, client, connInfo, chanInfo }: ClientInfo): WireClientInfo {
  return {
    user,
    client,
    ...(connInfo !== undefined && { conn_info: { kind: "json", text: connInfo } }),
    ...(chanInfo !== undefined && { chan_info: { kind: "json", text: chanInfo } }),
  };
}

/** Clients by their ids, as the Centrifuge protocol shows who is present. */
export function wireClients(
  clients: ReadonlyMap<string, ClientInfo>,
): Record<string, WireClientInfo> {
  return Object.fromEntries([...clients].map(([id, info]) => [id, wireClientInfo(info)]));
}

import { COMMAND_ERRORS, COUNT, TEXT } from "../protocol/mod.ts";
import type { ConnectionInfo } from "../session/mod.ts";
import { failed, withFields } from "./api_outcome.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * Not of Centrifugo: `connections`, a page of all connections, of whatever protocol, from the oldest
 * on. `cursor` of the answer, unless it is empty, is the `cursor` of the next page.
 */
export const connections = withFields<{
  readonly cursor?: string;
  readonly limit?: number;
  readonly user?: string;
  readonly protocol?: string;
}>(
  { cursor: TEXT, limit: COUNT, user: TEXT, protocol: TEXT },
  ({ cursor = "", limit = DEFAULT_LIMIT, user, protocol }, { sessions }) => {
    if (limit < 1 || limit > MAX_LIMIT) return failed(COMMAND_ERRORS.badRequest);
    const after = cursor === "" ? undefined : cursor;
    const { connections, hasMore } = sessions.connections.page({ after, limit, user, protocol });
    const next = hasMore ? connections.at(-1)?.id ?? "" : "";
    const result = { connections: connections.map(wire), total: sessions.size, cursor: next };
    return { kind: "result", result, isWhole: true };
  },
);

function wire({ id, protocol, user, client, ...rest }: ConnectionInfo): object {
  const { channels, channelCount, openedAt, queuedBytes } = rest;
  return {
    ...{ id, protocol, user, client, channels, num_channels: channelCount },
    ...{ opened_at: openedAt, queued_bytes: queuedBytes },
  };
}

/**
 * Not of Centrifugo: `connection_close` ends one connection, of whatever protocol. `closed` is false
 * where there is none with that id, or where it is ending already.
 */
export const connectionClose = withFields<{ readonly id?: string }>(
  { id: TEXT },
  ({ id = "" }, { sessions }) => {
    if (id === "") return failed(COMMAND_ERRORS.badRequest);
    return { kind: "result", result: { closed: sessions.connections.expel(id) }, isWhole: true };
  },
);

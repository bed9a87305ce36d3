import type { RedisServers } from "../redis/mod.ts";
import type { MeetingPlace } from "./cluster.ts";
import { RedisLink } from "./redis_link.ts";
import { RedisNodeTable } from "./redis_node_table.ts";
import { RedisPresenceStore } from "./redis_presence_store.ts";

/** What nodes that meet over Redis need. */
export interface RedisMeetingPlaceOptions {
  /** This node's id. */
  readonly uid: string;
  readonly onError: (error: unknown) => void;
}

/** Redis servers as the place where nodes meet; every node has to be given the same ones. */
export function redisMeetingPlace(
  servers: RedisServers,
  { uid, onError }: RedisMeetingPlaceOptions,
): MeetingPlace {
  const bus = new RedisLink(servers, { onError });
  const prefix = `${servers.all[0]?.prefix}:`;
  return {
    bus,
    table: new RedisNodeTable(bus, prefix),
    store: new RedisPresenceStore(bus, { prefix, uid }),
    onReturn: (listener) => {
      for (const server of servers.all) {
        server.onState((problem) => problem === undefined && listener());
      }
    },
  };
}

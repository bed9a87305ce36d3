import type { ClusterOptions } from "./cluster/mod.ts";
import { Cluster, redisMeetingPlace } from "./cluster/mod.ts";
import type { Logger } from "./log.ts";
import type { RedisServers } from "./redis/mod.ts";

/** Where servers that share a history meet. */
export interface Meeting {
  /** Makes a server one among the others, once it is started. */
  join(own: Pick<ClusterOptions, "node" | "wheel">): Cluster;
}

/**
 * Servers meet over the Redis that keeps their history. This file is loaded only by those that do.
 */
export function meetOverRedis(servers: RedisServers, log: Logger): Meeting {
  return {
    join: (own) => {
      // Single failures are counted: the log says when the others cannot be reached at all.
      const onError = () => {};
      const place = redisMeetingPlace(servers, { uid: own.node.uid, onError });
      return new Cluster({ ...own, ...place, ...eventsOf(log), onError });
    },
  };
}

/** Says in the log what becomes of the other servers. */
function eventsOf(log: Logger): Pick<ClusterOptions, "onNode" | "onCutOff"> {
  return {
    onNode: (node, event) => {
      if (event === "joined") log.info("node_joined", `another server is here: ${node}`, { node });
      else log.info("node_gone", `another server is here no more: ${node}`, { node });
    },
    onCutOff: (reason) => {
      if (reason === undefined) {
        log.warning("cluster_restored", "other servers can be reached again", {});
      } else {
        const text = `other servers cannot be reached, clients are served alone: ${reason}`;
        log.error("cluster_cut_off", text, { reason: String(reason) });
      }
    },
  };
}

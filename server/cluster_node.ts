import type { Cluster, LocalNode } from "./cluster/mod.ts";
import type { ApiRoutes } from "./http/mod.ts";
import { carryOutHere, nodeInfo, subscribersIn, takeEmulation } from "./http/mod.ts";
import type { Hub, LocalMembers } from "./hub/mod.ts";
import type { ClientSessions, TimerWheel } from "./session/mod.ts";
import type { Meeting } from "./meeting.ts";

/** What a server among others is made of. */
export interface ClusterNodeParts {
  readonly hub: Hub;
  readonly members: LocalMembers;
  readonly wheel: TimerWheel;
  readonly node: string;
  /** What it does for others; there once everything is built, which is before anybody asks. */
  readonly inside: () => ApiRoutes & { readonly clients: ClientSessions };
}

/** Makes a server one among those that it meets. */
export function joinMeeting(
  meeting: Meeting,
  { hub, members, wheel, node: uid, inside }: ClusterNodeParts,
): Cluster {
  const node: LocalNode = {
    ...{ uid, members, presence: hub.presence },
    info: () => nodeInfo(inside()),
    announce: (notice) => hub.announce(notice),
    channels: (pattern) => subscribersIn(hub, pattern),
    carryOut: (method, body) => carryOutHere(method, body, inside()),
    emulate: (stream, data) => takeEmulation(stream, data, inside()),
  };
  return meeting.join({ node, wheel });
}

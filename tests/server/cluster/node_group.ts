import { setImmediate } from "node:timers";
import { Cluster } from "../../../server/cluster/mod.ts";
import { MemoryLog } from "../../../server/history/mod.ts";
import type { MeetingPlace, Wheel } from "../../../server/cluster/mod.ts";
import type { Membership, Notice } from "../../../server/hub/mod.ts";
import { Hub, LocalMembers } from "../../../server/hub/mod.ts";
import { TimerWheel } from "../../../server/session/mod.ts";
import { FakeMeetingPlace } from "./fake_meeting_place.ts";

/** One node of a {@linkcode NodeGroup}, with what it was told. */
export class TestNode {
  readonly cluster: Cluster;
  readonly hub: Hub;
  readonly notices: string[] = [];
  readonly calls: string[] = [];
  readonly emulated: [string, string | Uint8Array][] = [];
  readonly events: string[] = [];
  readonly errors: unknown[] = [];
  inUse: Record<string, number> = {};
  takesEmulation = true;
  readonly uid: string;

  constructor(uid: string, { place, wheel }: { place: MeetingPlace; wheel: Wheel }) {
    this.uid = uid;
    const retention = () => ({ size: 10, ttlMs: 1_000 });
    this.hub = new Hub({ log: new MemoryLog({ retention }) });
    this.cluster = new Cluster({
      ...{ ...place, wheel },
      node: {
        uid,
        info: () => ({
          ...{ uid, name: "midgard", version: "test", uptime: 1 },
          ...{ num_clients: 2, num_users: 1, num_subs: 3, num_channels: 4 },
        }),
        members: new LocalMembers(this.hub),
        presence: this.hub.presence,
        announce: ({ kind, channel, info }: Notice) =>
          void this.notices.push(`${kind} ${channel} ${info.client}`),
        channels: (pattern) => pattern === "" ? this.inUse : {},
        carryOut: (method, body) => Promise.resolve(void this.calls.push(`${method} ${body}`)),
        emulate: (stream, data) => {
          if (this.takesEmulation) this.emulated.push([stream, data]);
          return this.takesEmulation;
        },
      },
      onNode: (other, event) => void this.events.push(`${other} ${event}`),
      onCutOff: (reason) => void this.events.push(reason === undefined ? "restored" : "cut off"),
      onError: (error) => void this.errors.push(error),
    });
  }

  join(channel: string, client: string, differing: Partial<Membership> = {}): Membership {
    const membership = {
      ...{ channel, info: { client, user: `user of ${client}` } },
      ...{ presence: true, joinLeave: true, wantsNotices: true, ...differing },
    };
    this.cluster.members.join(membership);
    return membership;
  }

  leave(membership: Membership, isQuiet = false): void {
    this.cluster.members.leave(membership, { isQuiet });
  }

  async present(channel: string): Promise<string[]> {
    return [...(await this.cluster.members.of(channel)).keys()].sort();
  }
}

/** Nodes that meet in memory, under one clock of the test's. */
export class NodeGroup implements AsyncDisposable {
  readonly place = new FakeMeetingPlace();
  readonly wheel = new TimerWheel(() => this.place.nowMs);
  readonly nodes: TestNode[] = [];

  static async of(...uids: string[]): Promise<NodeGroup> {
    const group = new NodeGroup();
    const { place, wheel } = group;
    for (const uid of uids) {
      const own = {
        ...{ bus: place.bus(uid), table: place.table(uid), store: place.store(uid) },
        onReturn: (listener: () => void) => void place.onReturn.push(listener),
      };
      group.nodes.push(new TestNode(uid, { place: own, wheel }));
    }
    for (const { cluster } of group.nodes) await cluster.start();
    await group.pass(3_500);
    for (const { events } of group.nodes) events.length = 0;
    return group;
  }

  /** Lets time pass, in which everybody does what is due. */
  async pass(ms: number): Promise<void> {
    for (const end = this.place.nowMs + ms; this.place.nowMs < end;) {
      this.place.nowMs += 100;
      this.wheel.turn();
      await this.settle();
    }
  }

  /** Lets what was begun come to its end. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 2; turn += 1) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { cluster, uid } of this.nodes) {
      this.place.heal(uid);
      await cluster.stop();
    }
    // What waits for an answer still has its time.
    await this.pass(4_000);
  }
}

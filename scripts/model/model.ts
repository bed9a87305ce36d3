/** A calculation, no measurement: what many servers and one Redis would have to do for many clients. */

/** What was measured on one core each; see {@linkcode MEASURED}. */
export interface Costs {
  /** Frames that a server hands to clients in a second where none can be joined. */
  readonly framesPerSecond: number;
  /** Messages of Redis that a server takes in a second. */
  readonly heardPerSecond: number;
  readonly bytesPerClient: number;
  /** Publications that Redis stores in a second: a counter, a bounded stream, a message. */
  readonly storedPerSecond: number;
  /** Copies of a message that Redis hands to servers in a second. */
  readonly copiesPerSecond: number;
  /** Commands on one key that Redis carries out in a second. */
  readonly commandsPerSecond: number;
}

/** On two cores with 24 GiB, Redis 7.0.15, messages of 128 B. */
export const MEASURED: Costs = {
  // README, fanout: 1000 plain subscribers, compiled.
  framesPerSecond: 193_464,
  // A server that listens while redis-benchmark publishes, three times: the lowest.
  heardPerSecond: 217_569,
  // README, memory: a Centrifuge client with a subscription, compiled.
  bytesPerClient: 26.3 * 1_024,
  // redis-benchmark -c 10 -P 64 evalsha: HINCRBY, XADD MAXLEN ~ 1000, PUBLISH.
  storedPerSecond: 111_638,
  // redis-benchmark -c 10 -P 64 publish with 50 listeners: 31,300 times 50.
  copiesPerSecond: 1_565_000,
  // redis-benchmark -c 10 -P 64 pexpire.
  commandsPerSecond: 991_325,
};

/** What clients do. */
export interface Workload {
  readonly name: string;
  readonly clients: number;
  /** Each is subscribed to by as many clients, each of whom is in one. */
  readonly channels: number;
  /** Of all channels together. */
  readonly publicationsPerSecond: number;
}

/** What one server and the Redis have to do; shares are of one core, above 1 is more than it has. */
export interface Load {
  readonly clientsPerNode: number;
  readonly memoryPerNode: number;
  readonly framesPerNode: number;
  readonly nodeShare: number;
  /** Servers that one publication has to reach. */
  readonly copies: number;
  readonly redisShare: number;
  /** Of the Redis' share, what keeps up who is present. */
  readonly presenceShare: number;
  /** Publications a second at which the first of them is busy all the time, and which one. */
  readonly saturation: { readonly publicationsPerSecond: number; readonly by: "server" | "Redis" };
}

/** Within this time each server keeps up each of its channels once, with three commands. */
const KEEP_S = 25;
const KEEP_COMMANDS = 3;

/** A beat: three commands, and one for each server that is looked at. */
const BEAT_S = 3;

/** The load of a workload on so many servers, over which clients are spread by chance. */
export function loadOf(workload: Workload, nodes: number, costs: Costs = MEASURED): Load {
  const { clients, channels, publicationsPerSecond: rate } = workload;
  const size = clients / channels;
  // Expected number of servers with at least one of so many clients.
  const copies = nodes * (1 - (1 - 1 / nodes) ** size);
  const perPublication = {
    node: size / nodes / costs.framesPerSecond + copies / nodes / costs.heardPerSecond,
    redis: 1 / costs.storedPerSecond + copies / costs.copiesPerSecond,
  };
  const presence = channels * copies * KEEP_COMMANDS / KEEP_S / costs.commandsPerSecond;
  const beats = nodes * (KEEP_COMMANDS + nodes) / BEAT_S / costs.commandsPerSecond;
  const byNode = 1 / perPublication.node;
  const byRedis = Math.max(0, 1 - presence - beats) / perPublication.redis;
  return {
    clientsPerNode: clients / nodes,
    memoryPerNode: clients / nodes * costs.bytesPerClient,
    framesPerNode: rate * size / nodes,
    nodeShare: rate * perPublication.node,
    copies,
    redisShare: rate * perPublication.redis + presence + beats,
    presenceShare: presence,
    saturation: byNode < byRedis
      ? { publicationsPerSecond: byNode, by: "server" }
      : { publicationsPerSecond: byRedis, by: "Redis" },
  };
}

const MILLION = 1_000_000;

/** A million clients in one channel, in rooms of a hundred, and each in a channel of its own. */
export const WORKLOADS: readonly Workload[] = [
  { name: "1 channel", clients: MILLION, channels: 1, publicationsPerSecond: 1 },
  {
    name: "10 000 rooms of 100",
    clients: MILLION,
    channels: 10_000,
    publicationsPerSecond: 10_000,
  },
  { name: "a channel each", clients: MILLION, channels: MILLION, publicationsPerSecond: 10_000 },
];

/** How many servers the table is for. */
const NODES = [1, 10, 100];

/** The table that the README shows, in Markdown. */
export function modelTable(): string {
  const head = [
    ...["clients", "publications/s", "servers", "clients each", "memory each", "frames/s each"],
    ...["core of a server", "copies", "core of Redis", "of it presence", "busy at"],
  ];
  const rows = WORKLOADS.flatMap((workload) =>
    NODES.map((nodes) => [
      ...[workload.name, number(workload.publicationsPerSecond), number(nodes)],
      ...cellsOf(loadOf(workload, nodes)),
    ])
  );
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function cellsOf(load: Load): string[] {
  const { publicationsPerSecond, by } = load.saturation;
  return [
    ...[number(load.clientsPerNode), `${number(load.memoryPerNode / 1_024 ** 2)} MiB`],
    ...[number(load.framesPerNode), percent(load.nodeShare), load.copies.toFixed(1)],
    ...[percent(load.redisShare), percent(load.presenceShare)],
    publicationsPerSecond < 1
      ? `less than 1/s: ${by}`
      : `${number(publicationsPerSecond)}/s: ${by}`,
  ];
}

function percent(share: number): string {
  return share < 0.001 ? "below 0.1 %" : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

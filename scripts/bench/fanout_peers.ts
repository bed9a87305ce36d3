import { MODES } from "../../tests/helpers/midgard.ts";
import type { BenchmarkContext } from "./benchmark.ts";
import { column, inTurns } from "./benchmark.ts";
import { baselineCommand, midgardCommand } from "./build.ts";
import { busyText, type Deliveries, deliveries, type Load } from "./deliveries.ts";
import { type Peer, type PeerCommand, peerCommand } from "./peer.ts";
import { comparedRow, type Row } from "./row.ts";

const TRIAL = { clients: 10, messages: 100 };
const ONE_TO_THOUSAND = { clients: 1_000, channels: 1 };

/** Numbers of messages that take each of them some seconds. */
const CENTRIFUGE: Load = { ...ONE_TO_THOUSAND, protocol: "centrifuge", messages: 10_000 };
const PROTOBUF: Load = { ...CENTRIFUGE, protocol: "protobuf" };
const SLOW_PLAIN: Load = { ...ONE_TO_THOUSAND, protocol: "plain", messages: 500 };
const FAST_PLAIN: Load = { ...ONE_TO_THOUSAND, protocol: "plain", messages: 3_000 };

interface Other {
  readonly peer: Peer;
  readonly load: Load;
  /** Missing where the ratio is for information only. */
  readonly minRatio?: number;
  /** Measured with `--full` only. */
  readonly isExtra?: boolean;
}

const PEERS: readonly Other[] = [
  { peer: "ws", load: SLOW_PLAIN, minRatio: 10 },
  { peer: "bun", load: FAST_PLAIN, minRatio: 1 },
  { peer: "socketio", load: { ...SLOW_PLAIN, protocol: "socketio" }, isExtra: true },
  { peer: "nats", load: { ...SLOW_PLAIN, protocol: "nats" }, isExtra: true },
  { peer: "nchan", load: SLOW_PLAIN, isExtra: true },
  { peer: "websocketd", load: SLOW_PLAIN, isExtra: true },
];

type Contestants = Record<string, () => Promise<Deliveries>>;

/** The Centrifuge fan-out beside servers that do the plainest job: each message its own frame. */
export async function compareWithPeers(
  benchmark: string,
  context: BenchmarkContext,
): Promise<Row[]> {
  const contestants: Contestants = {};
  for (const mode of MODES) {
    const midgard = await midgardCommand(mode);
    const naive = await baselineCommand("naive", mode);
    contestants[`midgard ${mode}`] = () => deliveries(midgard, CENTRIFUGE);
    contestants[`naive ${mode}`] = () => deliveries(naive, SLOW_PLAIN);
    if (!context.isFull) continue;
    contestants[`Protobuf ${mode}`] = () => deliveries(midgard, PROTOBUF);
  }
  for (const { peer, load, isExtra = false } of PEERS) {
    if (isExtra && !context.isFull) continue;
    const found = await workingPeer(peer, load);
    if (found.kind === "missing") context.skip(found.reason);
    else contestants[peer] = () => deliveries(found.command, load);
  }
  const measured = await inTurns(context, contestants);
  return MODES.flatMap((mode) => [
    ...row(benchmark, { measured, mode, other: `naive ${mode}`, minRatio: 10 }),
    ...row(benchmark, { measured, mode, other: `Protobuf ${mode}` }),
    ...PEERS.flatMap(({ peer, minRatio }) =>
      row(benchmark, { measured, mode, other: peer, minRatio })
    ),
  ]);
}

/** A peer that has done its job once, with a few clients. */
async function workingPeer(peer: Peer, load: Load): Promise<PeerCommand> {
  const found = await peerCommand(peer);
  if (found.kind === "missing") return found;
  try {
    await deliveries(found.command, { ...load, ...TRIAL });
    return found;
  } catch (error) {
    return { kind: "missing", reason: `${peer} is skipped, it does not work here: ${error}` };
  }
}

interface Pairing {
  readonly measured: Readonly<Record<string, Deliveries[]>>;
  readonly mode: string;
  readonly other: string;
  readonly minRatio?: number | undefined;
}

/** One row, or none where the other one could not be had. */
function row(benchmark: string, { measured, mode, other, minRatio }: Pairing): Row[] {
  const [subject, baseline] = [measured[`midgard ${mode}`], measured[other]];
  if (subject === undefined || baseline === undefined) return [];
  const what = `deliveries, 1 channel, ${ONE_TO_THOUSAND.clients} Centrifuge JSON subscribers, ` +
    `128 B, history in SQLite, ${mode} (${busyText(subject)}), ` +
    `beside ${other} (${busyText(baseline)})`;
  return [
    comparedRow({ benchmark, what, unit: "/s", beside: other }, {
      subject: column(subject, "perSecond"),
      baseline: column(baseline, "perSecond"),
      minRatio,
    }),
  ];
}

import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { column, inTurns } from "./benchmark.ts";
import { midgardCommand } from "./build.ts";
import { busyText, type Deliveries, deliveries, type Load } from "./deliveries.ts";
import { comparedRow, type Row } from "./row.ts";

/** How far apart the points of a curve may lie. */
const MAX_FACTOR = 1.5;

/** Lets all clients of the largest point in, and the publisher. */
const ARGS = ["--max-connections", "20000"];

/** What is measured, at how many of them, and how many messages that takes. */
interface Curve {
  readonly of: "subscribers of 1 channel" | "channels with 1 subscriber each";
  readonly points: readonly Point[];
}

interface Point {
  readonly count: number;
  readonly messages: number;
  /** Measured with `--full` only. */
  readonly isLarge?: boolean;
}

const CURVES: readonly Curve[] = [{
  of: "subscribers of 1 channel",
  points: [
    { count: 100, messages: 40_000 },
    { count: 1_000, messages: 10_000 },
    { count: 5_000, messages: 2_000, isLarge: true },
  ],
}, {
  of: "channels with 1 subscriber each",
  points: [
    { count: 1, messages: 100_000 },
    { count: 100, messages: 100_000 },
    { count: 10_000, messages: 200_000, isLarge: true },
  ],
}];

/** Whether deliveries keep their price when there are more subscribers or more channels. */
export const CURVE: Benchmark = {
  name: "curve",
  about: "deliveries per second at 100 to 5 000 subscribers and 1 to 10 000 channels",
  run: async (context) => {
    const rows: Row[] = [];
    for (const curve of CURVES) rows.push(...await compare(curve, context));
    return rows;
  },
};

async function compare({ of, points }: Curve, context: BenchmarkContext): Promise<Row[]> {
  const { descriptors, clients } = context.limits;
  const command = await midgardCommand("compiled", ARGS);
  const measurable = points
    .filter(({ isLarge = false }) => context.isFull || !isLarge)
    .map((point) => ({ ...point, count: Math.min(point.count, clients) }));
  const contestants = measurable.map((point) => {
    const load = loadOf(of, point);
    return [`${point.count} ${of}`, () => deliveries(command, load, descriptors)] as const;
  });
  const measured = Object.entries(await inTurns(context, Object.fromEntries(contestants)));
  const [[first, baseline] = ["", []], ...others] = measured;
  return others.map(([name, subject]) => row({ name, subject, first, baseline }));
}

interface Pairing {
  readonly name: string;
  readonly subject: readonly Deliveries[];
  readonly first: string;
  readonly baseline: readonly Deliveries[];
}

function row({ name, subject, first, baseline }: Pairing): Row {
  const what = `deliveries, Centrifuge JSON, 128 B, compiled: ${name} (${busyText(subject)}), ` +
    `beside ${first} (${busyText(baseline)})`;
  return comparedRow({ benchmark: CURVE.name, what, unit: "/s" }, {
    subject: column(subject, "perSecond"),
    baseline: column(baseline, "perSecond"),
    minRatio: 1 / MAX_FACTOR,
    maxRatio: MAX_FACTOR,
  });
}

function loadOf(of: Curve["of"], { count, messages }: Point): Load {
  const channels = of === "subscribers of 1 channel" ? 1 : count;
  // As many messages to each channel.
  const perChannel = Math.max(1, Math.round(messages / channels));
  return { protocol: "centrifuge", clients: count, channels, messages: perChannel * channels };
}

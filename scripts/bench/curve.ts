import type { Benchmark, BenchmarkContext } from "./benchmark.ts";
import { column, inTurns } from "./benchmark.ts";
import { midgardCommand } from "./build.ts";
import { busyText, type Deliveries, deliveries, type Load } from "./deliveries.ts";
import { comparedRow, type Row } from "./row.ts";

/** How far apart the points of a curve may lie. */
const MAX_FACTOR = 1.5;

/** Lets all clients of the largest point in, and the publisher. */
const ARGS = ["--max-connections", "20000"];

/** One property of a load, at some values of it. */
interface Curve {
  readonly of: string;
  readonly points: readonly Point[];
  /** Whether a delivery should cost the same at each value. */
  readonly isFlat: boolean;
}

interface Point {
  readonly value: number;
  readonly load: Partial<Load> & Pick<Load, "messages">;
  /** Measured with `--full` only. */
  readonly isLarge?: boolean;
}

const CURVES: readonly Curve[] = [{
  of: "subscribers of 1 channel",
  isFlat: true,
  points: [
    { value: 100, load: { clients: 100, messages: 40_000 } },
    { value: 1_000, load: { messages: 10_000 } },
    { value: 5_000, load: { clients: 5_000, messages: 2_000 }, isLarge: true },
  ],
}, {
  of: "channels with 1 subscriber each",
  isFlat: true,
  points: [
    { value: 1, load: { clients: 1, channels: 1, messages: 100_000 } },
    { value: 100, load: { clients: 100, channels: 100, messages: 100_000 } },
    {
      value: 10_000,
      load: { clients: 10_000, channels: 10_000, messages: 200_000 },
      isLarge: true,
    },
  ],
}, {
  of: "bytes a message",
  isFlat: false,
  points: [
    { value: 128, load: { messages: 10_000 } },
    { value: 1_024, load: { bytes: 1_024, messages: 4_000 } },
    { value: 16_384, load: { bytes: 16_384, messages: 400 }, isLarge: true },
  ],
}];

/** Whether deliveries keep their price when there are more subscribers or more channels. */
export const CURVE: Benchmark = {
  name: "curve",
  about: "deliveries per second by subscribers, channels and bytes of a message",
  run: async (context) => {
    const rows: Row[] = [];
    for (const curve of CURVES) rows.push(...await compare(curve, context));
    return rows;
  },
};

async function compare(curve: Curve, context: BenchmarkContext): Promise<Row[]> {
  const { descriptors } = context.limits;
  const command = await midgardCommand("compiled", ARGS);
  const measurable = curve.points.filter(({ isLarge = false }) => context.isFull || !isLarge);
  const contestants = measurable.map(({ value, load }) => {
    const whole = wholeLoad(load, context.limits.clients);
    return [`${value} ${curve.of}`, () => deliveries(command, whole, descriptors)] as const;
  });
  const measured = Object.entries(await inTurns(context, Object.fromEntries(contestants)));
  const [[first, baseline] = ["", []], ...others] = measured;
  return others.map(([name, subject]) => row({ name, subject, first, baseline, ...curve }));
}

/** As many clients as this machine allows, and as many messages to each channel. */
function wholeLoad(load: Point["load"], mostClients: number): Load {
  const { clients = 1_000, channels = 1 } = load;
  const messages = Math.ceil(load.messages / Math.min(channels, mostClients));
  return {
    ...load,
    protocol: "centrifuge",
    clients: Math.min(clients, mostClients),
    channels: Math.min(channels, mostClients),
    messages: messages * Math.min(channels, mostClients),
  };
}

interface Pairing {
  readonly name: string;
  readonly subject: readonly Deliveries[];
  readonly first: string;
  readonly baseline: readonly Deliveries[];
  readonly isFlat: boolean;
}

function row({ name, subject, first, baseline, isFlat }: Pairing): Row {
  const what = `deliveries, Centrifuge JSON, compiled: ${name} (${busyText(subject)}), ` +
    `beside ${first} (${busyText(baseline)})`;
  return comparedRow({ benchmark: CURVE.name, what, unit: "/s", beside: first }, {
    subject: column(subject, "perSecond"),
    baseline: column(baseline, "perSecond"),
    ...(isFlat && { minRatio: 1 / MAX_FACTOR, maxRatio: MAX_FACTOR }),
  });
}

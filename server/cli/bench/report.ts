import type { Crew } from "./crew.ts";
import type { LatencyHistogram } from "./latency_histogram.ts";
import type { Measurements } from "./measurements.ts";
import type { BenchPlan } from "./plan.ts";
import type { SelfReport } from "./self_watch.ts";
import { isBottleneck } from "./self_watch.ts";

/** Why a load ended. */
export type Ending =
  /** It was carried out as planned. */
  | "complete"
  /** A signal came. */
  | "interrupted"
  /** The server has closed all publishers or all subscribers, or lets nobody publish. */
  | "closed"
  /** For ten seconds nothing came, though answers or deliveries were due. */
  | "stalled";

/** Milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Messages of publishers: sent = acknowledged + refused + unanswered. */
export interface PublishReport {
  readonly sent: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly unanswered: number;
  /** Due by the rate that was asked for, but not sent by the end. */
  readonly unsent: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  readonly latencyMs: Latencies;
}

/** Messages at subscribers. */
export interface DeliveryReport {
  /** Different messages. */
  readonly delivered: number;
  /** Acknowledged, but not delivered to a subscriber that stayed connected. */
  readonly lost: number;
  /** Acknowledged, but not delivered to a subscriber that the server had closed. */
  readonly missed: number;
  readonly repeated: number;
  readonly outOfOrder: number;
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  readonly latencyMs: Latencies;
}

/** What a load has shown. */
export interface BenchReport {
  readonly plan: BenchPlan;
  readonly ending: Ending;
  /** Milliseconds from the first message until no more were sent. */
  readonly loadMs: number;
  readonly publish: PublishReport;
  readonly delivery: DeliveryReport;
  /** Refused messages by code and reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** Connections that the server ended, by code and reason. */
  readonly closes: Readonly<Record<string, number>>;
  readonly self: SelfReport;
  /** See {@linkcode isBottleneck}. */
  readonly isBottleneck: boolean;
}

/** What a report is made of. */
export interface ReportOptions {
  readonly plan: BenchPlan;
  readonly ending: Ending;
  readonly crew: Crew;
  readonly measurements: Measurements;
  readonly self: SelfReport;
  readonly loadMs: number;
  /** Messages that were to be sent, sent or not. */
  readonly due: number;
}

/** Sums a load up, once it is over and its connections are still open. */
export function reportOf(options: ReportOptions): BenchReport {
  const { plan, ending, measurements, self, loadMs } = options;
  const { errors, closes, answers, deliveries } = measurements;
  const latencyMs = Math.max(answers.percentileMs(0.99), deliveries.percentileMs(0.99));
  return {
    isBottleneck: isBottleneck(self, latencyMs),
    ...{ plan, ending, loadMs, self },
    publish: publishReport(options),
    delivery: deliveryReport(options),
    errors: errors.counts,
    closes: closes.counts,
  };
}

/** Whether the server did all it is there for. */
export function isFlawless({ ending, publish, delivery, closes }: BenchReport): boolean {
  const isWhole = delivery.lost + delivery.missed + delivery.repeated + delivery.outOfOrder === 0;
  const isThere = Object.keys(closes).length === 0 && publish.unanswered === 0 &&
    publish.acknowledged > 0;
  return isWhole && isThere && (ending === "complete" || ending === "interrupted");
}

function publishReport({ plan, crew, measurements, loadMs, due }: ReportOptions): PublishReport {
  const { acknowledged, refused } = measurements.counts;
  const sent = sum(crew.publishers.map((each) => each.sent));
  const perSecond = perSecondOf(acknowledged, loadMs, {
    lastMs: measurements.lastAnswerMs - measurements.startMs,
  });
  return {
    ...{ sent, acknowledged, refused, perSecond },
    unanswered: sum(crew.publishers.map((each) => each.unanswered)),
    unsent: Math.max(0, due - sent),
    bytesPerSecond: perSecond * plan.sizeBytes,
    latencyMs: latenciesOf(measurements.answers),
  };
}

function deliveryReport({ plan, crew, measurements, loadMs }: ReportOptions): DeliveryReport {
  const { delivered, repeated, late } = measurements.counts;
  const missing = crew.subscribers.map(({ channel, received, connection }) => ({
    isConnected: connection.isReady,
    count: Math.max(0, measurements.acknowledgedIn(channel) - received),
  }));
  const perSecond = perSecondOf(delivered, loadMs, {
    lastMs: measurements.lastDeliveryMs - measurements.startMs,
  });
  return {
    ...{ delivered, repeated, outOfOrder: late, perSecond },
    lost: sum(missing.map(({ isConnected, count }) => isConnected ? count : 0)),
    missed: sum(missing.map(({ isConnected, count }) => isConnected ? 0 : count)),
    bytesPerSecond: perSecond * plan.sizeBytes,
    latencyMs: latenciesOf(measurements.deliveries),
  };
}

/** What came in after the end of the load takes time as well. */
function perSecondOf(count: number, loadMs: number, { lastMs }: { lastMs: number }): number {
  return count * 1_000 / Math.max(1, loadMs, lastMs);
}

function latenciesOf(histogram: LatencyHistogram): Latencies {
  return {
    p50: histogram.percentileMs(0.5),
    p90: histogram.percentileMs(0.9),
    p99: histogram.percentileMs(0.99),
    p999: histogram.percentileMs(0.999),
    max: histogram.maxMs,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

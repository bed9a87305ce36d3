import { format as formatBytes } from "@std/fmt/bytes";
import type { BenchPlan } from "./plan.ts";
import { whole } from "./progress.ts";
import type { BenchReport, Latencies } from "./report.ts";
import { isFlawless } from "./report.ts";

/** One line about what is going to be done, or was. */
export function planText(plan: BenchPlan): string {
  const { url, protocol, sizeBytes, rate, end, inFlight } = plan;
  const pace = rate === undefined ? `${inFlight} in flight each` : `${whole(rate)}/s in all`;
  const until = end.kind === "after" ? `${end.durationMs / 1_000} s` : plural(end.count, "message");
  const [publishers, subscribers] = [plan.publishers, plan.subscribers];
  return `${url}, ${protocol}: ${plural(publishers, "publisher")} (${pace}), ` +
    `${plural(subscribers, "subscriber")}, ${plural(plan.channels.length, "channel")}, ` +
    `${whole(sizeBytes)} bytes, ${until}\n`;
}

/** The report for people. */
export function summaryText(report: BenchReport): string {
  const { publish, delivery, plan } = report;
  const rows = [
    [
      "publish",
      rateText(publish),
      `${whole(publish.acknowledged)} of ${whole(publish.sent)} acknowledged`,
    ],
    ["delivery", rateText(delivery), `${whole(delivery.delivered)} delivered`],
  ].map(([name = "", rate = "", count = ""]) => `  ${name.padEnd(12)}${rate}   ${count}\n`);
  const note = plan.rate === undefined ? "from the sending" : "from when each was due";
  const latencies = [
    `\n  latency in milliseconds, ${note}\n`,
    latencyRow("", ["p50", "p90", "p99", "p99.9", "max"]),
    latencyRow("answer", msOf(publish.latencyMs)),
    ...(delivery.delivered > 0 ? [latencyRow("delivery", msOf(delivery.latencyMs))] : []),
  ];
  return [
    "\n",
    ...rows.slice(0, plan.subscribers > 0 ? 2 : 1),
    ...(publish.acknowledged > 0 ? latencies : []),
    "\n",
    ...remarks(report).map((remark) => `  ${remark}\n`),
  ].join("");
}

/** The report for programs. */
export function summaryJson(report: BenchReport): string {
  const { plan, ending, loadMs, publish, delivery, errors, closes, self } = report;
  return JSON.stringify({
    ...planJson(plan),
    ending,
    is_flawless: isFlawless(report),
    load_ms: rounded(loadMs),
    publish: {
      sent: publish.sent,
      acknowledged: publish.acknowledged,
      refused: publish.refused,
      unanswered: publish.unanswered,
      unsent: publish.unsent,
      ...ratesJson(publish),
    },
    delivery: {
      delivered: delivery.delivered,
      lost: delivery.lost,
      missed: delivery.missed,
      repeated: delivery.repeated,
      out_of_order: delivery.outOfOrder,
      ...ratesJson(delivery),
    },
    errors,
    closes,
    bench: {
      cpu: rounded(self.cpu),
      lag_ms: rounded(self.lagMs),
      max_lag_ms: rounded(self.maxLagMs),
      is_bottleneck: report.isBottleneck,
    },
  });
}

/** Without the token. */
function planJson({ url, protocol, rate, end, inFlight, ...plan }: BenchPlan): object {
  return {
    url,
    protocol,
    publishers: plan.publishers,
    subscribers: plan.subscribers,
    channels: plan.channels.length,
    size: plan.sizeBytes,
    in_flight: inFlight,
    ...(rate !== undefined && { rate }),
    ...(end.kind === "messages" ? { messages: end.count } : { duration_ms: end.durationMs }),
  };
}

interface Rates {
  readonly perSecond: number;
  readonly bytesPerSecond: number;
  readonly latencyMs: Latencies;
}

function ratesJson({ perSecond, bytesPerSecond, latencyMs: { p999, max, ...others } }: Rates) {
  return {
    per_second: Math.round(perSecond),
    bytes_per_second: Math.round(bytesPerSecond),
    latency_ms: {
      ...Object.fromEntries(Object.entries(others).map(([name, ms]) => [name, rounded(ms)])),
      "p99.9": rounded(p999),
      max: rounded(max),
    },
  };
}

function rateText({ perSecond, bytesPerSecond }: Rates): string {
  const bytes = `${formatBytes(Math.round(bytesPerSecond), { binary: true })}/s`;
  return `${`${whole(perSecond)}/s`.padStart(12)}${bytes.padStart(14)}`;
}

function latencyRow(name: string, cells: readonly string[]): string {
  return `  ${name.padEnd(12)}${cells.map((cell) => cell.padStart(10)).join("")}\n`;
}

function msOf({ p50, p90, p99, p999, max }: Latencies): string[] {
  return [p50, p90, p99, p999, max].map(milliseconds);
}

/** What there is to say beside the figures: what went wrong first. */
function remarks({ plan, ending, loadMs, publish, delivery, ...rest }: BenchReport): string[] {
  const { lost, missed, repeated, outOfOrder } = delivery;
  const { self } = rest;
  const work = `${Math.round(self.cpu * 100)} % of a core, its timers ` +
    `${milliseconds(self.lagMs)} ms late (p99)`;
  return [
    ending === "interrupted" && `interrupted after ${milliseconds(loadMs / 1_000)} s`,
    ending === "stalled" && "ended early: nothing came for 10 s, though answers were due",
    ending === "closed" && "ended early: no publisher or no subscriber is left",
    ...listed("closed by the server", rest.closes),
    ...listed("refused", rest.errors),
    publish.unanswered > 0 && `${whole(publish.unanswered)} unanswered: stored or not`,
    ending !== "closed" && publish.unsent > 0 &&
    `${whole(publish.unsent)} were due but not sent: answers came too slowly for this rate`,
    missed > 0 && `${whole(missed)} missed by subscribers that were closed`,
    plan.subscribers > 0 && `${whole(lost)} lost, ${whole(repeated)} repeated, ` +
      `${whole(outOfOrder)} out of order`,
    rest.isBottleneck
      ? `the bench or its machine was the limit, and the server may do better: it used ${work}`
      : `the bench used ${work}`,
  ].filter((remark) => remark !== false);
}

function listed(what: string, counts: Readonly<Record<string, number>>): string[] {
  return Object.entries(counts).map(([text, count]) => `${what}: ${text} (${whole(count)})`);
}

/** Three digits that matter. */
function milliseconds(ms: number): string {
  if (ms >= 100) return whole(ms);
  return ms.toFixed(ms >= 10 ? 1 : ms >= 1 ? 2 : 3);
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}

function plural(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

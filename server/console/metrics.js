/** Reads Prometheus' text format, as `/metrics` tells it, into the numbers that the page shows. */

/** The lines as `{ name, labels, value }`. */
export function parseMetrics(text) {
  const samples = [];
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name !== undefined) samples.push({ name, labels: parseLabels(labels), value: +value });
  }
  return samples;
}

function parseLabels(text) {
  const pairs = text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name, value]));
}

/** What the page shows of them at `atMs`: totals of what grows, values of what does not. */
export function readingOf(samples, atMs) {
  const sum = (name, where = () => true) => {
    const wanted = samples.filter((sample) => sample.name === name && where(sample.labels));
    return wanted.reduce((total, { value }) => total + value, 0);
  };
  return {
    atMs,
    startedAt: sum("process_start_time_seconds"),
    connections: sum("midgard_connections"),
    channels: sum("midgard_channels"),
    subscriptions: sum("midgard_subscriptions"),
    users: sum("midgard_users"),
    publications: sum("midgard_publications_total", ({ outcome }) => outcome === "stored"),
    deliveries: sum("midgard_deliveries_total"),
    historyBytes: sum("midgard_history_bytes"),
    historyChannels: sum("midgard_history_channels"),
    memoryBytes: sum("process_resident_memory_bytes"),
    queuedBytes: sum("midgard_queued_bytes"),
    lagSum: sum("midgard_event_loop_lag_seconds_sum"),
    lagCount: sum("midgard_event_loop_lag_seconds_count"),
    lagBuckets: samples.filter(({ name }) => name === "midgard_event_loop_lag_seconds_bucket")
      .map(({ labels, value }) => ({ le: Number(labels.le.replace("+Inf", "Infinity")), value })),
  };
}

/** What happened between two readings of one process: rates a second, and the lag in milliseconds. */
export function ratesBetween(before, after) {
  if (before === null || before.startedAt !== after.startedAt) return null;
  const seconds = (after.atMs - before.atMs) / 1_000;
  if (seconds <= 0) return null;
  const rate = (name) => Math.max(0, after[name] - before[name]) / seconds;
  const ticks = after.lagCount - before.lagCount;
  const lagMs = ticks > 0 ? (after.lagSum - before.lagSum) / ticks * 1_000 : 0;
  return {
    publications: rate("publications"),
    deliveries: rate("deliveries"),
    lagMs,
    worstLagMs: worstBetween(before.lagBuckets, after.lagBuckets),
  };
}

/** The bound of the highest bucket in which anything came; 0 if nothing did. */
function worstBetween(before, after) {
  let [worst, below] = [0, 0];
  after.forEach(({ le, value }, index) => {
    const came = value - (before[index]?.value ?? 0);
    if (came > below) worst = le;
    below = came;
  });
  return worst * 1_000;
}

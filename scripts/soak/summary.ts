/** What a soak has to say at its end, and on the way. */
import { format } from "@std/fmt/bytes";
import type { Volume } from "./account.ts";
import type { Wrongs } from "./channel_ledger.ts";
import type { LifeReport } from "./life.ts";
import type { Soak } from "./soak.ts";

/** One object for programs, `--json`. */
export interface SoakSummary extends Volume, Wrongs {
  readonly is_flawless: boolean;
  readonly is_interrupted: boolean;
  readonly mode: string;
  readonly duration_s: number;
  readonly restarts: number;
  readonly kills: number;
  readonly longest_stop_ms: number;
  readonly leaked: number;
  readonly lives: readonly LifeReport[];
  /** What was lost, repeated or out of order: when it was seen, by whom, which one. */
  readonly findings: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly activities: Readonly<Record<string, number>>;
  readonly misbehaviour: Readonly<Record<string, number>>;
}

/** Sums a soak up. It is flawless when nothing is lost, repeated, misordered, leaked or at fault. */
export function summaryOf(soak: Soak, wrongs: Wrongs): SoakSummary {
  const { account, lives, options } = soak;
  const leaked = lives.reduce((sum, life) => sum + leakedIn(life), 0);
  const wrong = wrongs.lost + wrongs.repeated + wrongs.misordered + leaked + account.faults.total;
  const stops = lives.filter(({ ending }) => ending === "SIGINT");
  return {
    is_flawless: wrong === 0,
    is_interrupted: soak.isInterrupted,
    mode: options.mode,
    duration_s: Math.round(soak.elapsedMs / 1_000),
    ...account.volume,
    ...wrongs,
    leaked,
    restarts: stops.length,
    kills: lives.length - stops.length,
    longest_stop_ms: Math.round(Math.max(0, ...stops.map(({ stopMs }) => stopMs))),
    lives,
    findings: account.findings,
    faults: account.faults.all,
    errors: account.errors.all,
    activities: account.activities.all,
    misbehaviour: account.misbehaviour.all,
  };
}

/** Descriptors and connections one by one; memory counts as one. */
function leakedIn({ leaked: { descriptors, connections, held, bytes } }: LifeReport): number {
  return descriptors + connections + held + (bytes > 0 ? 1 : 0);
}

/** The same for people. */
export function summaryText(summary: SoakSummary): string {
  const { lost, repeated, misordered, leaked } = summary;
  const lines = [
    ``,
    `${summary.mode}, ${summary.duration_s} s: ${summary.restarts} restarts, ` +
    `${summary.kills} kills, longest stop ${summary.longest_stop_ms} ms`,
    `${number(summary.published)} published, ${number(summary.acknowledged)} acknowledged, ` +
    `${number(summary.delivered)} delivered`,
    `${lost} lost, ${repeated} repeated, ${misordered} out of order, ${leaked} leaked`,
    ...summary.findings,
    ``,
    `life  ended by  memory at begin and end  descriptors  stop`,
    ...summary.lives.map(lifeText),
    ...section("what must not happen", summary.faults),
    ...section("what was to be expected", summary.errors),
    ...section("what else was done", summary.activities),
    ...section("peers that misbehaved, and how it ended", summary.misbehaviour),
  ];
  return lines.join("\n");
}

function lifeText({ ending, begin, end, stopMs }: LifeReport, index: number): string {
  const memory = `${bytes(begin?.residentBytes)} ${bytes(end?.residentBytes)}`;
  const descriptors = `${begin?.descriptors ?? "?"} ${end?.descriptors ?? "?"}`;
  const cells = [`${index + 1}`.padEnd(4), ending.padEnd(8), memory.padEnd(23)];
  return [...cells, descriptors.padEnd(11), `${Math.round(stopMs)} ms`].join("  ");
}

function section(title: string, counts: Readonly<Record<string, number>>): string[] {
  const rows = Object.entries(counts).map(([name, count]) =>
    `${number(count).padStart(9)}  ${name}`
  );
  return [``, `${title}:`, ...(rows.length === 0 ? [`        0`] : rows)];
}

/** Where a soak stands, in a line. */
export function progressText(soak: Soak, before: Volume): string {
  const { account: { volume, wrongs, faults }, lives, options } = soak;
  const kills = lives.filter(({ ending }) => ending === "SIGKILL").length;
  return [
    `${Math.round(soak.elapsedMs / 1_000)} s of ${options.durationMs / 1_000} s`,
    `${lives.length - kills} restarts, ${kills} kills`,
    `acknowledged ${number(volume.acknowledged)}`,
    `delivered ${number(volume.delivered)} (+${number(volume.delivered - before.delivered)})`,
    `missing ${wrongs.lost}, repeated ${wrongs.repeated}, faults ${faults.total}`,
    `memory ${bytes(lives.at(-1)?.end?.residentBytes)}`,
  ].join("   ");
}

function bytes(count: number | undefined): string {
  return count === undefined ? "?" : format(count, { binary: true, maximumFractionDigits: 0 });
}

function number(count: number): string {
  return count.toLocaleString("en-US");
}

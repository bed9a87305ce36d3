import { median } from "../compile/start_up.ts";

/** What a series of measurements comes to. */
export interface Figures {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/** Sums up a series; all of it `NaN` or infinite when the series is empty. */
export function figures(values: readonly number[]): Figures {
  return {
    median: median(values),
    min: Math.min(...values),
    max: Math.max(...values),
    count: values.length,
  };
}

/** Subject divided by baseline, round by round: what the machine did meanwhile cancels out. */
export function ratios(subject: readonly number[], baseline: readonly number[]): number[] {
  return subject.map((value, round) => value / (baseline[round] ?? NaN));
}

/** A number as people read it: three digits that matter, thousands apart. */
export function shown(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString("en", options);
}

/** To a hundredth: more than the clock and the machine can tell apart. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

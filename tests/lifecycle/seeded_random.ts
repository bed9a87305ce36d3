/**
 * Chance that can be repeated: a test that fails says with which seed, and fails again with it.
 */

/** Uniform in [0, 1), the same sequence for the same seed (Mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A whole number from 0 up to `below`, which is 1 or more. */
export function integer(random: () => number, below: number): number {
  return Math.floor(random() * below);
}

/** One of `items`. */
export function pick<T>(random: () => number, items: readonly [T, ...T[]]): T {
  return items[integer(random, items.length)] ?? items[0];
}

/** Seeds for a property test: few enough to be quick, fixed so that every run is the same. */
export const SEEDS: readonly number[] = Array.from({ length: 25 }, (_, index) => index * 7919 + 1);

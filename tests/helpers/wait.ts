/**
 * Waiting without guessing: every wait in the tests names what it waits for and ends with a
 * sentence that says so, because "timed out" alone costs the next reader an afternoon.
 */

/** How long to wait, and for what. */
export interface WaitOptions {
  /** Milliseconds until the wait is given up. @default 10000 */
  readonly deadlineMs?: number;
  /** What is waited for, as the end of "waited 10000 ms for ...". */
  readonly what: string;
  /** Called when the deadline has passed; its text is added to the failure. */
  readonly explain?: () => string;
}

const DEFAULT_DEADLINE_MS = 10_000;
/** Short enough to be no noticeable delay, long enough not to starve what it waits for. */
const POLL_INTERVAL_MS = 5;

/** Thrown when a deadline passes; a class of its own so that a test can tell it from a failure. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
}

/**
 * Polls until `condition` is truthy and returns its value.
 *
 * @throws {DeadlineExceeded} when `deadlineMs` passes first.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<NonNullable<T>> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < (options.deadlineMs ?? DEFAULT_DEADLINE_MS)) {
    const value = await condition();
    if (value) return value;
    await sleep(POLL_INTERVAL_MS);
  }
  throw exceeded(options);
}

/**
 * Awaits `promise`, for `deadlineMs` at most.
 *
 * @throws {DeadlineExceeded} when `deadlineMs` passes first; the promise itself runs on.
 */
export async function within<T>(promise: Promise<T>, options: WaitOptions): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    const delayMs = options.deadlineMs ?? DEFAULT_DEADLINE_MS;
    timer = setTimeout(() => reject(exceeded(options)), delayMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets time pass; only for behaviour that *is* time, and the caller says which. */
export function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/**
 * Runs `task` for each item with at most `limit` of them under way, in order of the items.
 * A burst of thousands of connections at once would test the kernel's SYN queue, not the server.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  task: (item: T) => Promise<R>,
  limit = 100,
): Promise<R[]> {
  const results: R[] = new Array(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** The whole numbers from 0 up to `count`, to build that many of something. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

function exceeded({ deadlineMs = DEFAULT_DEADLINE_MS, what, explain }: WaitOptions): Error {
  const details = explain ? `\n${explain()}` : "";
  return new DeadlineExceeded(
    `Waited ${deadlineMs} ms for ${what} and it did not happen${details}`,
  );
}

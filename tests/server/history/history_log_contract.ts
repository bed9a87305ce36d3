/**
 * The contract of `HistoryLog`, as tests: one for each MUST and MUST NOT, run by every
 * implementation.
 */
import type { HistoryLog, Retention, RetentionOf } from "../../../server/history/mod.ts";
import { ABOUT } from "./contract/about.ts";
import { GROUPS } from "./contract/groups.ts";
import { IDEMPOTENCY } from "./contract/idempotency.ts";
import { OFFSETS } from "./contract/offsets.ts";
import { PAYLOADS } from "./contract/payloads.ts";
import { PROPERTIES } from "./contract/properties.ts";
import { READING } from "./contract/reading.ts";
import { REOPENING } from "./contract/reopening.ts";
import { REMOVING } from "./contract/removing.ts";
import type { Requirement } from "./contract/requirement.ts";
import { START_MS } from "./contract/requirement.ts";
import { RETENTION } from "./contract/retention.ts";
import { VERSIONS } from "./contract/versions.ts";

/** What every log is opened with. */
export interface LogOptions {
  readonly retention: RetentionOf;
  /** Milliseconds since 1970, UTC; moved by the tests. */
  readonly now: () => number;
}

/** How the suite gets hold of the logs of one implementation. */
export interface HistoryLogMaker {
  /** Opens a log that is empty and shares nothing with any other. */
  open(options: LogOptions): Promise<HistoryLog>;
  /** For durable logs: opens again what `log`, which is closed, has kept. */
  reopen?(log: HistoryLog, options: LogOptions): Promise<HistoryLog>;
  /** Removes what a log left behind; it is closed. */
  remove?(log: HistoryLog): Promise<void>;
}

/** Registers the contract's tests for one implementation. */
export function testHistoryLog(name: string, maker: HistoryLogMaker): void {
  const always = [
    OFFSETS,
    PAYLOADS,
    ABOUT,
    READING,
    RETENTION,
    IDEMPOTENCY,
    VERSIONS,
    GROUPS,
    REMOVING,
    PROPERTIES,
  ]
    .flat();
  const durable = maker.reopen === undefined ? [] : REOPENING;
  for (const requirement of [...always, ...durable]) {
    Deno.test(`${name} ${requirement.name}`, () => run(requirement, maker));
  }
}

async function run({ retention, prove }: Requirement, maker: HistoryLogMaker): Promise<void> {
  const clock = { now: START_MS };
  const kept = new Map<string, Partial<Retention>>();
  const options = (other?: Partial<Retention>): LogOptions => {
    const whole = { size: 1_000, ttlMs: 3_600_000, ...retention, ...other };
    return { retention: (name) => ({ ...whole, ...kept.get(name) }), now: () => clock.now };
  };
  let log = await maker.open(options());
  const reopen = async (other?: Partial<Retention>): Promise<HistoryLog> => {
    await log.close();
    log = await maker.reopen?.(log, options(other)) ?? log;
    return log;
  };
  try {
    await prove(log, { clock, kept, reopen });
  } finally {
    await log.close();
    await maker.remove?.(log);
  }
}

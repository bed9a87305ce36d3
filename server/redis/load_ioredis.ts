import process from "node:process";
import type { Redis } from "./ioredis.d.ts";

/** The package, as far as it is used. */
export interface Ioredis {
  readonly Redis: typeof Redis;
}

/**
 * Loads the package: only who names a Redis pays for it. One of its own packages lists the whole
 * environment while it loads, which this program may not do: it is shown an empty one.
 */
export async function loadIoredis(): Promise<Ioredis> {
  const { env } = process;
  process.env = {};
  try {
    return await import("./ioredis_package.ts");
  } finally {
    process.env = env;
  }
}

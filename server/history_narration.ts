import type { OpenHistoryOptions } from "./history/mod.ts";
import type { Logger } from "./log.ts";

/** Says what goes wrong with history while the server runs, and when it works again. */
export function historyNarration(log: Logger): Omit<OpenHistoryOptions, "retention"> {
  let lostAt = 0;
  return {
    onTrimming(error) {
      if (error === undefined) log.info("trim_restored", "history is trimmed again", {});
      else log.warning("trim_failed", `history cannot be trimmed: ${error}`, {});
    },
    onRedis(reason) {
      if (reason !== undefined) {
        lostAt = performance.now();
        return log.error("redis_lost", `Redis is out of reach: ${reason}`, { reason });
      }
      const after_ms = Math.round(performance.now() - lostAt);
      log.warning("redis_restored", `Redis is back after ${after_ms} ms`, { after_ms });
    },
    onError(error) {
      log.warning("redis_failed", `Redis refused what it is asked again: ${error}`, {
        error: String(error),
      });
    },
  };
}

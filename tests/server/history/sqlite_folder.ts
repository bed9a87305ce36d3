import type { HistoryLog } from "../../../server/history/mod.ts";
import { SqliteLog } from "../../../server/history/mod.ts";
import type { HistoryLogMaker, LogOptions } from "./history_log_contract.ts";

/** The folder of each log that is, or was, open. */
const folders = new WeakMap<HistoryLog, string>();

function openIn(folder: string, options: LogOptions): HistoryLog {
  const log = new SqliteLog({ ...options, path: `${folder}/history.db`, durability: "commit" });
  folders.set(log, folder);
  return log;
}

/** The file of a log that is, or was, open. */
export function pathOf(log: HistoryLog): string {
  return `${folderOf(log)}/history.db`;
}

function folderOf(log: HistoryLog): string {
  const folder = folders.get(log);
  if (folder === undefined) throw new TypeError("Cannot find the folder of an unknown log");
  return folder;
}

/** SQLite logs, each in a folder of its own. */
export const SQLITE: Required<HistoryLogMaker> = {
  open: async (options) => openIn(await Deno.makeTempDir({ prefix: "midgard_" }), options),
  reopen: (log, options) => Promise.resolve(openIn(folderOf(log), options)),
  remove: (log) => Deno.remove(folderOf(log), { recursive: true }),
};

/** History files, whole and broken, and what is on disk beside them. */
import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { Midgard, type Mode } from "../helpers/midgard.ts";
import { Publishers } from "../helpers/publishers.ts";

/** A folder for one history file. Dispose of it with `await using`. */
export class DataFolder implements AsyncDisposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "midgard-durable-" });

  /** The history file that a server makes in this folder unless told otherwise. */
  get file(): string {
    return `${this.path}/midgard.db`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** A history file, and everything that was published to it. */
export interface Sample {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly publishers: Publishers;
}

const samples = new Map<Mode, Promise<Sample>>();

/** A history of some 3,000 publications on the channels `a` and `b`, about 1 MB; made once. */
export function sampleOf(mode: Mode): Promise<Sample> {
  const sample = samples.get(mode) ?? makeSample(mode);
  samples.set(mode, sample);
  return sample;
}

async function makeSample(mode: Mode): Promise<Sample> {
  await using folder = new DataFolder();
  await using server = await Midgard.start({
    mode,
    cwd: folder.path,
    args: ["--history-size", "100000"],
  });
  const publishers = new Publishers({ count: 16, channels: ["a", "b"], padding: 300 });
  const publishing = publishers.run(server.port);
  await publishers.until(({ acknowledged }) => acknowledged >= 3_000, { what: "a sample" });
  publishers.stop();
  await publishing;
  await server.stop();
  return { bytes: await Deno.readFile(folder.file), publishers };
}

/** Runs SQL on a database, which is made if need be. */
export function runSql(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

/**
 * Copies the database at `from` to `to` in the state in which `kill -9` would leave it while `sql`
 * is committed but in the write-ahead log alone.
 */
export function copyWithHotWal(from: string, to: string, sql: string): void {
  const db = new DatabaseSync(from);
  db.exec(`PRAGMA journal_mode = WAL; ${sql}`);
  for (const suffix of ["", "-wal"]) Deno.copyFileSync(`${from}${suffix}`, `${to}${suffix}`);
  db.close();
}

/** Bytes that are nothing, from `from` on, in a copy. */
export function withGarbage(
  bytes: Uint8Array,
  from: number,
  count: number,
): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (let at = from; at < from + count; at++) copy[at] = Math.floor(Math.random() * 256);
  return copy;
}

/** Bytes of a page, as every file is made that this runtime's SQLite makes. */
export const PAGE_BYTES = 4_096;

/** What every file in a folder holds, by name: its SHA-256. */
export async function contentsOf(folder: string): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const { name, isFile } of [...Deno.readDirSync(folder)]) {
    const bytes = isFile ? await Deno.readFile(`${folder}/${name}`) : new Uint8Array();
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    contents[name] = [...new Uint8Array(digest)].map((byte) => byte.toString(16)).join(" ");
  }
  return contents;
}

/** What a start that failed left behind. */
export interface Refusal {
  readonly code: number;
  readonly lines: readonly { readonly [field: string]: unknown }[];
  readonly invalid: readonly string[];
}

/** Exit code 1, and one line that names the file, says what is wrong, and is no stack. */
export function assertOneLine(
  { code, lines, invalid }: Refusal,
  { path, says }: { readonly path: string; readonly says: RegExp },
): void {
  const all = JSON.stringify(lines);
  assertEquals([code, invalid], [1, []], all);
  assertEquals(lines.map(({ level, event }) => [level, event]), [["error", "start_failed"]], all);
  const message = String(lines[0]?.["message"]);
  assert(message.includes(path), `the file is not named in: ${message}`);
  assert(says.test(message), `${says} is not in: ${message}`);
  assert(!message.includes("    at ") && !message.includes(".ts:"), `a stack in: ${message}`);
}

/** Nothing changed and nothing was left behind, but for SQLite's index of a log that was there. */
export async function assertUntouched(
  folder: string,
  before: Record<string, string>,
): Promise<void> {
  const after = await contentsOf(folder);
  if ("midgard.db-wal" in before) delete after["midgard.db-shm"];
  assertEquals(after, before, "files after the start that was refused");
}

/** Bytes before the first frame of a write-ahead log, and before the page in each frame. */
const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/**
 * Does what a checkpoint does first and no more: moves the newest first page, which tells how large
 * the file will be, from the write-ahead log into the file. This is what `kill -9` and a full disk
 * leave when they come right then (https://www.sqlite.org/fileformat2.html#walformat).
 */
export function beginCheckpoint(path: string): void {
  const wal = Deno.readFileSync(`${path}-wal`);
  const view = new DataView(wal.buffer);
  const pageBytes = view.getUint32(8);
  const frameBytes = FRAME_HEADER_BYTES + pageBytes;
  let firstPage: Uint8Array | undefined;
  for (let at = WAL_HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    if (view.getUint32(at) !== 1) continue;
    firstPage = wal.subarray(at + FRAME_HEADER_BYTES, at + frameBytes);
  }
  if (firstPage === undefined) throw new Error("The first page is not in the write-ahead log");
  using file = Deno.openSync(path, { write: true });
  file.writeSync(firstPage);
}

/**
 * Files that are damaged where no start can see it, files that this process may not use, and files
 * whose names mean something to SQLite: whatever happens, nobody is told what is not so.
 */
import { assert, assertEquals } from "@std/assert";
import { assertStopped, report } from "../helpers/expectations.ts";
import { type HttpResponse, request } from "../helpers/http.ts";
import { commandLine, forEachMode, Midgard, type RunningMidgard } from "../helpers/midgard.ts";
import type { Sent } from "../helpers/publishers.ts";
import { SseReader } from "../helpers/sse_reader.ts";
import { range, waitFor } from "../helpers/wait.ts";
import {
  assertOneLine,
  assertUntouched,
  contentsOf,
  DataFolder,
  PAGE_BYTES,
  type Refusal,
  sampleOf,
  withGarbage,
} from "./durable_files.ts";

const NOBODY = ["setpriv", "--reuid", "65534", "--clear-groups"];

/** What begins a command that is to run without privileges; undefined where it cannot be had. */
function unprivileged(): readonly string[] | undefined {
  if (Deno.uid() !== 0) return [];
  try {
    const [program, ...args] = [...NOBODY, ...commandLine({ mode: "compiled" }).slice(0, 1)];
    const { success } = new Deno.Command(program!, { args: [...args, "--version"] }).outputSync();
    return success ? NOBODY : undefined;
  } catch {
    return undefined;
  }
}

const prefix = Deno.build.os === "windows" ? undefined : unprivileged();

/** Starts the compiled server as someone who may do little, on a file that it must refuse. */
async function startUnprivileged(path: string): Promise<Refusal> {
  const command = [...prefix!, ...commandLine({ mode: "compiled", args: ["--data", path] })];
  const { code, stderr } = await new Deno.Command(command[0]!, {
    args: command.slice(1),
    cwd: "/",
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(15_000),
  }).output();
  const lines = new TextDecoder().decode(stderr).trim().split("\n");
  const isJson = (line: string) => line.startsWith("{");
  return {
    code,
    lines: lines.filter(isJson).map((line) => JSON.parse(line)),
    invalid: lines.filter((line) => !isJson(line)),
  };
}

/** Modes of the file, if there is to be one, and of its folder, and what is said about them. */
const FORBIDDEN: Readonly<Record<string, readonly [file: number | null, folder: number, RegExp]>> =
  {
    "a file that it may not read": [
      0o000,
      0o777,
      /cannot be (read|used|opened): .*[Pp]ermission denied/,
    ],
    "a file that it may not write": [0o444, 0o777, /may not be written|[Pp]ermission denied/],
    "a file in a folder that it may not write": [0o666, 0o555, /may not be (written|opened)/],
    "a new file in a folder that it may not write": [null, 0o555, /may not be (written|opened)/],
    "a file in a folder that it may not enter": [0o666, 0o000, /[Pp]ermission denied/],
  };

for (const [name, [fileMode, folderMode, says]] of Object.entries(FORBIDDEN)) {
  const reason = prefix ? "" : ", skipped: no way to run without privileges";
  Deno.test({
    name: `serve refuses ${name} and leaves it as it was (compiled${reason})`,
    ignore: prefix === undefined,
    fn: async () => {
      await using folder = new DataFolder();
      if (fileMode !== null) {
        const { bytes } = await sampleOf("compiled");
        await Deno.writeFile(folder.file, bytes);
        await Deno.chmod(folder.file, fileMode);
      }
      const before = Deno.uid() === 0 ? await contentsOf(folder.path) : undefined;
      await Deno.chmod(folder.path, folderMode);
      assertOneLine(await startUnprivileged(folder.file), { path: folder.file, says });
      await Deno.chmod(folder.path, 0o755);
      if (before !== undefined) await assertUntouched(folder.path, before);
    },
  });
}

/** Queries, and the offsets that a true page has, given the newest one. */
const PAGES: Readonly<Record<string, (top: number) => readonly number[]>> = {
  "limit=1000": () => range(1_000).map((index) => index + 1),
  "limit=1000&since=900": (top) => range(top - 900).map((index) => index + 901),
  "limit=1000&reverse=1": (top) => range(1_000).map((index) => top - index),
};

/** Whether an answer is a page; one must be whole and true, a refusal plain. */
function isTruePage(
  { status, body }: HttpResponse,
  sent: readonly Sent[],
  offsetsOf: (top: number) => readonly number[],
): boolean {
  const answer = JSON.parse(body);
  if (status !== 200) {
    assertEquals([status, answer.error.code], [503, "not_readable"], body);
    assert(!/malformed|sqlite|\.ts:/i.test(body), `the inside shows in ${body}`);
    return false;
  }
  const known = new Map(
    sent.flatMap(({ body, answer }) => "offset" in answer ? [[answer.offset, body]] : []),
  );
  const offsets = answer.publications.map(({ offset }: { offset: number }) => offset);
  assertEquals(offsets, offsetsOf(known.size), "a page that is not whole");
  for (const { offset, data } of answer.publications) assertEquals(data, known.get(offset));
  return true;
}

/** A stream over what is damaged ends, or goes on; it never leaves anything out. */
async function assertNoSilentGap(port: number, channel: string): Promise<void> {
  using reader = new SseReader({ channel, query: "since=0" });
  let hasEnded = false;
  const reading = reader.read(port).then(() => hasEnded = true);
  const explain = () => reader.summary();
  await waitFor(() => hasEnded || reader.hasBegun, { what: "a beginning", explain });
  const { status, body } = await request(port, `POST /channels/${channel}`, { body: "after" });
  if (status !== 200) assertEquals([status, JSON.parse(body).error.code], [503, "not_stored"]);
  const goal = JSON.parse(body).offset ?? Infinity;
  const isSettled = () => hasEnded || goal === Infinity || reader.position.offset >= goal;
  await waitFor(isSettled, { what: `offset ${goal}`, explain });
  assertEquals(reader.offsets, range(reader.offsets.length).map((index) => index + 1));
  reader.close();
  await reading;
}

/** Reads and publishes; gives how many pages were refused. */
async function assertHonest({ port }: RunningMidgard, sent: readonly Sent[]): Promise<number> {
  let refusals = 0;
  for (const channel of ["a", "b"]) {
    const ofChannel = sent.filter((one) => one.channel === channel);
    for (const [query, offsetsOf] of Object.entries(PAGES)) {
      const response = await request(port, `GET /channels/${channel}?${query}`);
      if (!isTruePage(response, ofChannel, offsetsOf)) refusals++;
    }
    await assertNoSilentGap(port, channel);
  }
  assertEquals((await request(port, "GET /healthz")).status, 200);
  return refusals;
}

forEachMode(
  "serve with garbage in the middle of its file refuses or tells the truth",
  async (mode) => {
    const { bytes, publishers } = await sampleOf(mode);
    const pages = Math.floor(bytes.length / PAGE_BYTES);
    const outcomes: string[] = [];
    for (const share of [0.2, 0.4, 0.6, 0.8]) {
      await using folder = new DataFolder();
      const at = Math.floor(pages * share) * PAGE_BYTES;
      await Deno.writeFile(folder.file, withGarbage(bytes, at, 3 * PAGE_BYTES));
      const args = ["--data", folder.file, "--history-size", "100000"];
      await using server = Midgard.spawn({ mode, args });
      const port = await server.ready.then((line) => line.port, () => undefined);
      if (port === undefined) {
        const { lines, invalid } = server.log;
        const { code } = await server.exit();
        assertOneLine({ code, lines, invalid }, { path: folder.file, says: /damaged/ });
        outcomes.push("refused");
        continue;
      }
      const refusals = await assertHonest(Object.assign(server, { port }), publishers.sent);
      outcomes.push(`started, ${refusals} of 6 pages refused`);
      assertStopped(await server.stop());
      assertEquals(server.log.invalid, []);
    }
    report(`${mode}: ${outcomes.join("; ")}`);
  },
);

/** What SQLite takes for something else than a file, and what a shell or a URL would. */
const ODD_NAMES = [
  ":memory:",
  "file:x.db?mode=memory",
  "a b%20c#d?e.db",
  "ünïcode.db",
  "memory.db",
];

forEachMode("serve keeps what it acknowledged whatever its file is called", async (mode) => {
  for (const name of ODD_NAMES) {
    await using folder = new DataFolder();
    const options = { mode, cwd: folder.path, args: ["--data", name] };
    for (const offset of [1, 2, 3]) {
      await using server = await Midgard.start(options);
      const { body } = await request(server.port, "POST /channels/x", { body: "kept" });
      assertEquals(JSON.parse(body).offset, offset, `the offset with --data ${name}`);
      assertEquals(
        (await server.stop(offset === 1 ? "SIGINT" : "SIGKILL")).code === 0,
        offset === 1,
      );
    }
    assertEquals(Object.keys(await contentsOf(folder.path)).includes(name), true, name);
  }
});

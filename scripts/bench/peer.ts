import { ROOT } from "../../tests/helpers/midgard.ts";
import { capture } from "../subprocess.ts";

/** Somebody else's server to measure beside; see the programs in `peers/`. */
export type Peer = "bun" | "nats" | "nchan" | "socketio" | "websocketd" | "ws";

/** How to start a peer, or why it cannot be had here. */
export type PeerCommand =
  | { readonly kind: "ready"; readonly command: readonly string[] }
  | { readonly kind: "missing"; readonly reason: string };

/** What makes a peer: a package that npm installs, or a program that the system has. */
type Recipe =
  | {
    readonly kind: "package";
    readonly package: string;
    /** What runs the peer, found on the path or below the cache folder. */
    readonly runner: string;
  }
  | { readonly kind: "system"; readonly needs: string };

const RECIPES: Readonly<Record<Peer, Recipe>> = {
  bun: { kind: "package", package: "bun@1.4.5", runner: "node_modules/.bin/bun" },
  nats: { kind: "system", needs: "/usr/sbin/nats-server" },
  nchan: { kind: "system", needs: "/usr/lib/nginx/modules/ngx_nchan_module.so" },
  socketio: { kind: "package", package: "socket.io@4.8.4", runner: "node" },
  websocketd: { kind: "system", needs: "/usr/bin/websocketd" },
  ws: { kind: "package", package: "ws@8.23.0", runner: "node" },
};

/** Installs a peer by npm, unless an earlier run has done so, and gives the command to start it. */
export async function peerCommand(peer: Peer): Promise<PeerCommand> {
  const recipe = RECIPES[peer];
  if (recipe.kind === "system") return await systemCommand(peer, recipe.needs);
  const { package: wanted, runner } = recipe;
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

async function systemCommand(peer: Peer, needs: string): Promise<PeerCommand> {
  if (!await exists(needs)) {
    return { kind: "missing", reason: `${peer} is skipped: there is no ${needs}` };
  }
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const script = `${ROOT}scripts/bench/peers/${peer}.sh`;
  return { kind: "ready", command: ["sh", script, `${listener.addr.port}`] };
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}

/** Outside the repository, so that no tool takes packages of others for ours. */
function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return `${base}/midgard-bench`;
}

async function install(wanted: string, folder: string): Promise<void> {
  const stamp = `${folder}/installed`;
  if (await exists(stamp)) return;
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

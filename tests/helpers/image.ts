/**
 * The image of scripts/docker/Dockerfile without a container engine: a folder with what its last
 * stage has of Debian (the libraries that the executable asks for) and what it copies, in which the
 * server runs as the image says: same user, variables and command, as process 1 of its own.
 */
import { capture } from "../../scripts/subprocess.ts";
import { ROOT } from "./midgard.ts";

/** What the last stage of the Dockerfile says. */
export interface ImageConfig {
  readonly user: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly stopSignal: string;
  readonly health: readonly string[];
  readonly exposed: string;
  readonly volume: string;
}

/** Reads the last stage of a Dockerfile. */
export function imageConfig(dockerfile: string): ImageConfig {
  const stage = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  const last = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(stage)?.[1] ?? "";
  const variables = [...stage.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) =>
    [name!, value!] as const
  );
  return {
    user: last("USER"),
    env: Object.fromEntries(variables),
    workdir: last("WORKDIR"),
    entrypoint: JSON.parse(last("ENTRYPOINT")),
    cmd: JSON.parse(last("CMD")),
    stopSignal: last("STOPSIGNAL"),
    health: JSON.parse(last("HEALTHCHECK").replace(/^.* CMD /, "")),
    exposed: last("EXPOSE"),
    volume: last("VOLUME"),
  };
}

/** A root folder; what is mounted in it is seen by the programs that run there only. */
export class Image implements AsyncDisposable {
  readonly root: string;
  readonly config: ImageConfig;

  private constructor(root: string, config: ImageConfig) {
    this.root = root;
    this.config = config;
  }

  static async build(): Promise<Image> {
    const config = imageConfig(await Deno.readTextFile(`${ROOT}scripts/docker/Dockerfile`));
    const image = new Image(await Deno.makeTempDir(), config);
    await image.#must("chmod", "755", image.root);
    for (const library of await image.#libraries()) await image.#copy(library, library);
    await image.#copy(`${ROOT}midgard`, config.entrypoint[0]!);
    await Deno.mkdir(`${image.root}/proc`);
    await Deno.mkdir(`${image.root}/dev`);
    await image.#must("mknod", "-m", "666", `${image.root}/dev/null`, "c", "1", "3");
    await Deno.mkdir(`${image.root}${config.volume}`);
    await image.#must("chown", config.user, `${image.root}${config.volume}`);
    return image;
  }

  /** The command that runs a program of the image as its user; with `isInit` as process 1. */
  command(
    program: readonly string[],
    { env = {}, isInit = false }: {
      readonly env?: Readonly<Record<string, string>>;
      readonly isInit?: boolean;
    } = {},
  ): string[] {
    const { user, workdir } = this.config;
    const [uid = "", gid = ""] = user.split(":");
    const variables = Object.entries({ ...this.config.env, ...env }).map(([k, v]) => `${k}=${v}`);
    return [
      ...["setpriv", "--no-new-privs", "env", "-i", ...variables, "/usr/bin/unshare"],
      ...(isInit ? ["--pid", "--fork"] : []),
      // Mounted where nobody else sees it: the executable finds itself there.
      ...["--mount-proc", "--propagation", "private"],
      ...["--root", this.root, "--wd", workdir, "--setuid", uid, "--setgid", gid, ...program],
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }

  async #libraries(): Promise<string[]> {
    const { stdout } = await capture(["ldd", `${ROOT}midgard`]);
    return [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path!);
  }

  async #copy(from: string, to: string): Promise<void> {
    const path = `${this.root}${to}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(from, path);
  }

  async #must(...command: [string, ...string[]]): Promise<void> {
    const { code, stderr } = await capture(command);
    if (code !== 0) throw new Error(`Cannot run ${command.join(" ")}: ${stderr}`);
  }
}

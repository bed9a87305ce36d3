import { tokenProblems } from "./auth/mod.ts";
import type { Config, OptionName, Source } from "./config/mod.ts";
import { StaticFiles } from "./http/mod.ts";
import type { Logger } from "./log.ts";
import type { ServerOptions } from "./server.ts";
import { tlsOf } from "./tls/mod.ts";

/** Options of {@linkcode openFiles}. */
export interface OpenFilesOptions {
  readonly config: Config;
  /** Where each option's value came from. */
  readonly sources: Readonly<Record<OptionName, Source>>;
}

/** Opens what the configuration names: keys of tokens, TLS, static files. Logs what is wrong. */
export async function openFiles(
  { config, sources }: OpenFilesOptions,
  log: Logger,
): Promise<Pick<ServerOptions, "tls" | "files"> | "refused"> {
  const loaded = await tlsOf(config, sources);
  const problems = [
    ...await tokenProblems(config.client),
    ...(loaded?.kind === "refused" ? loaded.problems : []),
  ];
  for (const problem of problems) log.error("start_failed", problem, {});
  const files = await openPublicFolder({ config, sources }, log);
  if (problems.length > 0 || files === "refused") return "refused";
  return { files, tls: loaded?.kind === "loaded" ? loaded.tls : undefined };
}

/** The folder of `--public`; one that cannot be served is a mistake in the configuration. */
async function openPublicFolder(
  { config, sources }: OpenFilesOptions,
  log: Logger,
): Promise<StaticFiles | undefined | "refused"> {
  const { publicFolder } = config;
  if (publicFolder === undefined) return undefined;
  const refuse = (rule: string, why = "") => {
    const problem = `Cannot start as "${sources.publicFolder}" must be a folder ${rule}`;
    log.error("start_failed", `${problem}: current value is "${publicFolder}"${why}`, {});
    return "refused" as const;
  };
  try {
    const files = await StaticFiles.open(publicFolder);
    const exposed = await exposedFile(files, config);
    return exposed === undefined ? files : refuse(`that does not hold ${exposed}`);
  } catch (error) {
    return refuse("that can be read", ` (${error})`);
  }
}

/** What the folder would show to everybody, though nobody may see it; undefined if nothing. */
async function exposedFile(
  files: StaticFiles,
  { data, configFile, tlsKey }: Config,
): Promise<string | undefined> {
  const secrets = [
    ["the history", data === "memory" ? undefined : data],
    ["the configuration", configFile],
    ["the private key", tlsKey],
  ] as const;
  for (const [what, path] of secrets) {
    if (path !== undefined && await files.holds(path)) return `${what}, "${path}"`;
  }
}

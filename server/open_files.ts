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
  const files = await openPublicFolder(config, log);
  if (problems.length > 0 || files === "refused") return "refused";
  return { files, tls: loaded?.kind === "loaded" ? loaded.tls : undefined };
}

/** The folder of `--public`; one that cannot be served is a mistake in the configuration. */
async function openPublicFolder(
  { publicFolder }: Config,
  log: Logger,
): Promise<StaticFiles | undefined | "refused"> {
  if (publicFolder === undefined) return undefined;
  try {
    return await StaticFiles.open(publicFolder);
  } catch (error) {
    const rule = `Cannot start as "--public" must be a folder that can be read`;
    log.error("start_failed", `${rule}: current value is "${publicFolder}" (${error})`, {});
    return "refused";
  }
}

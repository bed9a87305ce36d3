import { tokenProblems } from "./auth/mod.ts";
import type { Config, OptionName, Source } from "./config/mod.ts";
import { StaticFiles } from "./http/mod.ts";
import type { ServerOptions } from "./server.ts";
import { tlsOf } from "./tls/mod.ts";

/** Options of {@linkcode openFiles}. */
export interface OpenFilesOptions {
  readonly config: Config;
  /** Where each option's value came from. */
  readonly sources: Readonly<Record<OptionName, Source>>;
}

/** What a configuration names, or all that is wrong with it, a sentence each. */
export type OpenedFiles =
  | ({ readonly kind: "opened" } & Pick<ServerOptions, "tls" | "files">)
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** Opens what the configuration names: keys of tokens, TLS, static files. */
export async function openFiles({ config, sources }: OpenFilesOptions): Promise<OpenedFiles> {
  const tls = await tlsOf(config, sources);
  const files = await openPublicFolder({ config, sources });
  const problems = [
    ...await tokenProblems(config.client),
    ...(tls?.kind === "refused" ? tls.problems : []),
    ...(typeof files === "string" ? [files] : []),
  ];
  if (problems.length > 0 || tls?.kind === "refused" || typeof files === "string") {
    return { kind: "refused", problems };
  }
  return { kind: "opened", files, tls: tls?.tls };
}

/** All that is wrong with what a configuration names, without a server. */
export async function configProblems(options: OpenFilesOptions): Promise<readonly string[]> {
  const opened = await openFiles(options);
  return opened.kind === "refused" ? opened.problems : [];
}

/** The folder of `--public`; one that cannot be served is a mistake, and gives a sentence. */
async function openPublicFolder(
  { config, sources }: OpenFilesOptions,
): Promise<StaticFiles | string | undefined> {
  const { publicFolder } = config;
  if (publicFolder === undefined) return undefined;
  const mistake = (rule: string, why = "") =>
    `Cannot start as "${sources.publicFolder}" must be a folder ${rule}: ` +
    `current value is "${publicFolder}"${why}`;
  try {
    const files = await StaticFiles.open(publicFolder);
    const exposed = await exposedFile(files, config);
    return exposed === undefined ? files : mistake(`that does not hold ${exposed}`);
  } catch (error) {
    return mistake("that can be read", ` (${error})`);
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

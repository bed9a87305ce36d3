import { AGE } from "../config/mod.ts";
import { isChannelName } from "../publication.ts";
import type { CommandOptions } from "./command_options.ts";
import { printHelp, USAGE_ERROR } from "./command_options.ts";
import { usageOf } from "./usage/command_table.ts";
import type { Arguments } from "./usage/read_arguments.ts";
import { readArguments } from "./usage/read_arguments.ts";

/** What `midgard token` needs of the process around it. */
export interface TokenCommandOptions extends CommandOptions {
  /** The secret of the environment, if it holds one. */
  readonly secret: string | undefined;
  /** Milliseconds since 1970. @default Date.now */
  readonly now?: () => number;
}

const DEFAULT_TTL = "1h";

type Claims = Record<string, unknown>;

type Parsed =
  | { readonly kind: "help" }
  | { readonly kind: "refused"; readonly problems: readonly string[] }
  | {
    readonly kind: "token";
    readonly claims: Claims;
    readonly secret: string;
    readonly isJson: boolean;
  };

/** `midgard token`; gives the exit code. */
export async function token(options: TokenCommandOptions): Promise<number> {
  const { print, printError } = options;
  const parsed = parse(options);
  switch (parsed.kind) {
    case "help":
      return printHelp("token", options);
    case "refused":
      for (const problem of parsed.problems) printError(`Cannot sign a token ${problem}\n`);
      return USAGE_ERROR;
    case "token": {
      const { claims, secret, isJson } = parsed;
      const signed = await sign(claims, secret);
      print(`${isJson ? JSON.stringify({ token: signed, claims }) : signed}\n`);
      return 0;
    }
  }
}

/** The options as they were given; undefined where they were not. */
interface Flags {
  readonly user: string | undefined;
  readonly channel: string | undefined;
  readonly client: string | undefined;
  readonly ttl: string | undefined;
  readonly info: string | undefined;
  readonly channels: readonly string[] | undefined;
  readonly secret: string | undefined;
  readonly isEndless: boolean;
}

function parse({ args, secret: ownSecret, now = Date.now }: TokenCommandOptions): Parsed {
  const given = readArguments(usageOf("token"), args);
  if (given.kind !== "arguments") return given;
  const flags = flagsOf(given);
  const problem = problemOf(flags);
  if (problem !== undefined) return refused(problem);
  const secret = flags.secret || ownSecret;
  if (!secret) return refused("without a secret: add --secret, or set MIDGARD_TOKEN_SECRET");
  const claims = claimsOf(flags, Math.floor(now() / 1_000));
  return { kind: "token", claims, secret, isJson: given.switches.has("json") };
}

function refused(problem: string): Parsed {
  return { kind: "refused", problems: [problem] };
}

function flagsOf({ flags, switches }: Arguments & { readonly kind: "arguments" }): Flags {
  return {
    user: flags.get("user"),
    channel: flags.get("channel"),
    client: flags.get("client"),
    ttl: flags.get("ttl"),
    info: flags.get("info"),
    channels: flags.get("channels")?.split(","),
    secret: flags.get("secret"),
    isEndless: switches.has("no-expiry"),
  };
}

/** The first thing wrong, to complete "Cannot sign a token …". */
function problemOf({ channel, channels, client, ttl, isEndless, info }: Flags): string | undefined {
  if (channel !== undefined && channels !== undefined) {
    return "with both --channel and --channels: subscription tokens have the one, connection tokens the other";
  }
  if (client !== undefined && channel === undefined) {
    return "for one --client without --channel: only subscription tokens name a client";
  }
  if (ttl !== undefined && isEndless) return "with both --ttl and --no-expiry: keep one of them";
  const flag = channels === undefined ? "--channel" : "--channels";
  for (const name of channels ?? (channel === undefined ? [] : [channel])) {
    if (isChannelName(name)) continue;
    return `as "${flag}" must be 1 to 255 printable ASCII characters without spaces: current value is "${name}"`;
  }
  const read = AGE.parse(ttl ?? DEFAULT_TTL);
  if (read.kind === "refused") return `as "--ttl" must be ${read.rule}: current value is "${ttl}"`;
  if (info !== undefined && jsonOf(info) === undefined) {
    return `as "--info" must be JSON: current value is "${info}"`;
  }
}

/** The claims that were asked for, of flags without a problem. */
function claimsOf(flags: Flags, nowS: number): Claims {
  const { user, channel, client, channels, info, isEndless } = flags;
  const ttl = AGE.parse(flags.ttl ?? DEFAULT_TTL);
  return {
    ...(user && { sub: user }),
    ...(channel !== undefined && { channel }),
    ...(client && { client }),
    ...(channels !== undefined && { channels }),
    ...(info !== undefined && { info: jsonOf(info) }),
    iat: nowS,
    ...(!isEndless && ttl.kind === "value" && { exp: nowS + Math.ceil(ttl.value / 1_000) }),
  };
}

async function sign(claims: Claims, secret: string): Promise<string> {
  const { SignJWT } = await import("jose");
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

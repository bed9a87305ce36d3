/** One Redis server, as a URL names it. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
  /** Whether TLS is spoken: `rediss://`. */
  readonly hasTls: boolean;
  /** File of the authority that signed the server's certificate, in PEM: `?ca=…`. */
  readonly ca: string | undefined;
  /** What every key and every channel of publish and subscribe begins with: `?prefix=…`. */
  readonly prefix: string;
}

/** What came of a text. */
export type ParsedRedisUrls =
  | { readonly kind: "addresses"; readonly addresses: readonly RedisAddress[] }
  /** It breaks `rule`, which completes the sentence "must be …". */
  | { readonly kind: "refused"; readonly rule: string };

const DEFAULT_PORT = 6_379;

const SHAPE =
  "redis:// or rediss:// with [user:password@]host[:port][/db][?ca=file&prefix=name], " +
  "several separated by commas";

/** Whether a text is meant to name Redis servers; it may still be wrong. */
export function isRedisUrl(text: string): boolean {
  return /^rediss?:\/\//.test(text);
}

/**
 * Reads the URLs of one or several Redis servers, separated by commas: with several, each channel
 * has its place on one of them, by its name.
 */
export function parseRedisUrls(text: string): ParsedRedisUrls {
  const addresses: RedisAddress[] = [];
  for (const part of text.split(",")) {
    const parsed = parseOne(part.trim());
    if (typeof parsed === "string") return { kind: "refused", rule: parsed };
    addresses.push(parsed);
  }
  const names = addresses.map(({ host, port, db }) => `${host}:${port}/${db}`);
  if (new Set(names).size < names.length) {
    return { kind: "refused", rule: "URLs of different servers, each given once" };
  }
  if (new Set(addresses.map(({ prefix }) => prefix)).size > 1) {
    return { kind: "refused", rule: "URLs with the same prefix" };
  }
  return { kind: "addresses", addresses };
}

function parseOne(text: string): RedisAddress | string {
  if (!isRedisUrl(text) || !URL.canParse(text)) return SHAPE;
  const url = new URL(text);
  const { hostname, port, pathname, searchParams } = url;
  if (hostname === "" || url.hash !== "") return SHAPE;
  const [, db = ""] = /^\/?(\d{0,3})$/.exec(pathname) ?? [undefined, undefined];
  if (!/^\/?\d{0,3}$/.test(pathname)) return "a URL whose path is the number of a database";
  for (const name of new Set(searchParams.keys())) {
    if (name !== "ca" && name !== "prefix") return "a URL with no options but ca and prefix";
    if (searchParams.getAll(name).length > 1) return `a URL with one ${name}`;
  }
  const ca = searchParams.get("ca") ?? undefined;
  const hasTls = url.protocol === "rediss:";
  if (ca !== undefined && !hasTls) return "rediss:// where there is a ca";
  const prefix = searchParams.get("prefix") ?? "midgard";
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(prefix)) {
    return "a URL whose prefix has 1 to 64 of A-Za-z0-9_.-";
  }
  return {
    ...{ ca, hasTls, prefix, host: hostname.replace(/^\[|\]$/g, "") },
    port: port === "" ? DEFAULT_PORT : Number(port),
    db: Number(db),
    username: decoded(url.username),
    password: decoded(url.password),
  };
}

function decoded(text: string): string | undefined {
  if (text === "") return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The URLs without users, passwords and options: for people to read. */
export function withoutSecrets(text: string): string {
  const parsed = parseRedisUrls(text);
  if (parsed.kind === "refused") return "redis://(hidden)";
  return parsed.addresses.map(nameOf).join(",");
}

/** What a server is called in messages: never with its password. */
export function nameOf({ host, port, db, hasTls }: RedisAddress): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return `${hasTls ? "rediss" : "redis"}://${bracketed}:${port}${db === 0 ? "" : `/${db}`}`;
}

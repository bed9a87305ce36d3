/** Decides which browser origins may connect and publish. */
export class OriginPolicy {
  #patterns: readonly RegExp[];

  /** @param allowed Origins with `*` wildcards; the server's own is always allowed. */
  constructor(allowed: readonly string[]) {
    this.#patterns = allowed.map(toPattern);
  }

  /** Allows others from now on. */
  replace(allowed: readonly string[]): void {
    this.#patterns = allowed.map(toPattern);
  }

  /**
   * Whether a request may be served. Programs send no `Origin` and are always allowed: the check
   * protects people from foreign web pages that act with their browser.
   *
   * @param origin The `Origin` header. @param host The `Host` header.
   */
  allows(origin: string | null, host: string | null): boolean {
    if (origin === null) return true;
    if (host !== null && hostOf(origin) === host.toLowerCase()) return true;
    return this.#patterns.some((pattern) => pattern.test(origin.toLowerCase()));
  }
}

/**
 * Decides by which names a server that is open to its own machine may be called. A web page can
 * give a name of its own the address of this machine (DNS rebinding); its requests then look like
 * those of the server's own pages, but for the name in them. Only names of the public DNS can be
 * misused that way: not addresses, not names without a dot, not those below `localhost`.
 */
export class HostPolicy {
  readonly #origins: OriginPolicy;

  /** @param allowed Origins whose hosts may be used, with `*` wildcards: a proxy's, for example. */
  constructor(allowed: readonly string[]) {
    this.#origins = new OriginPolicy(allowed);
  }

  /** @param host The `Host` header. */
  allows(host: string | null): boolean {
    const name = host?.replace(/:\d+$/, "") ?? "";
    const isAddress = name.startsWith("[") || /^[\d.]+$/.test(name);
    if (isAddress || !name.includes(".") || name.endsWith(".localhost")) return true;
    return ["http", "https"].some((scheme) => this.#origins.allows(`${scheme}://${host}`, null));
  }
}

/** `example.com:8000` of `https://example.com:8000`; undefined for `null` and other non-origins. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1];
}

/** A `*` stands for anything but a `/`, so that it cannot reach beyond the host. */
function toPattern(allowed: string): RegExp {
  const literal = allowed.toLowerCase().replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", allowed === "*" ? ".*" : "[^/]*")}$`);
}

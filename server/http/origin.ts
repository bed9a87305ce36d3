/** Decides which browser origins may connect and publish. */
export class OriginPolicy {
  readonly #patterns: readonly RegExp[];

  /** @param allowed Origins with `*` wildcards; the server's own is always allowed. */
  constructor(allowed: readonly string[]) {
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

/** `example.com:8000` of `https://example.com:8000`; undefined for `null` and other non-origins. */
function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/.exec(origin.toLowerCase())?.[1];
}

/** A `*` stands for anything but a `/`, so that it cannot reach beyond the host. */
function toPattern(allowed: string): RegExp {
  const literal = allowed.toLowerCase().replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${literal.replaceAll("*", allowed === "*" ? ".*" : "[^/]*")}$`);
}

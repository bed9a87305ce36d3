/**
 * The path of a request as it was sent. `URL.pathname` would resolve `..`, and `%2e%2e`, before
 * anyone could say that they are not channel names.
 *
 * @param url An absolute URL, as in `Request.url`.
 */
export function rawPath(url: string): string {
  return /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] || "/";
}

/**
 * The host by which a request calls the server, in lower case. HTTP/2 has no `Host`: there it is in
 * the address (RFC 9113 8.3.1).
 *
 * @param request One whose address is a URL.
 */
export function hostOf(request: Request): string {
  return (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
}

/** Tells a browser to take an answer for what it says it is, and not to guess. */
export function forbidSniffing({ headers }: Response): void {
  headers.set("x-content-type-options", "nosniff");
}

/**
 * The console loads nothing from anywhere else, runs and styles nothing that stands in the page, is
 * framed by nobody and asks the browser for nothing, whatever a payload says. `'self'` also stands
 * for WebSockets of the same host (CSP 3, 6.7.2.8).
 */
export const CONSOLE_HEADERS = {
  "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
    "connect-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), " +
    "payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
} as const;

/**
 * Files of `--public` belong to somebody else, who knows what their pages may do: they are kept from
 * being framed by other origins and loaded by other sites, and no more.
 */
export const FILE_HEADERS = {
  "cross-origin-opener-policy": "same-origin-allow-popups",
  "cross-origin-resource-policy": "same-site",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-frame-options": "SAMEORIGIN",
} as const;

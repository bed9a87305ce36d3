import type { Certificate } from "./certificate.ts";

/** How good a certificate is at a moment; `days` are whole ones, rounded down. */
export type CertificateState =
  | { readonly kind: "valid"; readonly days: number }
  /** It is valid for less than {@linkcode EXPIRES_SOON_DAYS} more. */
  | { readonly kind: "expiring"; readonly days: number }
  /** `days` since then. */
  | { readonly kind: "expired"; readonly days: number }
  /** `days` until then. */
  | { readonly kind: "early"; readonly days: number };

/** Less than half of the 30 days in which certificates are usually renewed: somebody has to look. */
export const EXPIRES_SOON_DAYS = 14;

const DAY_MS = 86_400_000;

/** How good a certificate is at `nowMs`, in milliseconds since 1970. */
export function certificateState(
  { notBeforeMs, notAfterMs }: Pick<Certificate, "notBeforeMs" | "notAfterMs">,
  nowMs: number,
): CertificateState {
  const days = Math.floor(Math.abs(notAfterMs - nowMs) / DAY_MS);
  if (nowMs >= notAfterMs) return { kind: "expired", days };
  if (nowMs < notBeforeMs) {
    return { kind: "early", days: Math.floor((notBeforeMs - nowMs) / DAY_MS) };
  }
  return { kind: days < EXPIRES_SOON_DAYS ? "expiring" : "valid", days };
}

import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import type { HttpApiOptions } from "../config/mod.ts";

/**
 * Whether a request shows the key of the server API, where there is one: as `X-API-Key`, as `Authorization: apikey …`
 * or as `?api_key=`.
 */
export function hasApiKey(
  { headers }: Request,
  query: URLSearchParams,
  { key }: HttpApiOptions,
): "right" | "wrong" | "none" {
  const [, authorization] = /^apikey +(\S+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  const shown = headers.get("x-api-key") ?? authorization ?? query.get("api_key");
  if (shown === null || key === undefined) return "none";
  return isSame(shown, key) ? "right" : "wrong";
}

/** Compares in a time that tells nothing about where texts differ. */
function isSame(shown: string, key: string): boolean {
  const [a, b] = [new TextEncoder().encode(shown), new TextEncoder().encode(key)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

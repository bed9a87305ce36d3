import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import type { HttpApiOptions } from "../config/mod.ts";
import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { HttpSettings } from "./caller.ts";

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

/** What decides whether a program may ask about the whole server. */
export interface ApiAccess {
  /** As of now. */
  readonly settings: () => HttpSettings;
  /** Whether a request comes from this machine. */
  readonly isLocal: (headers: Headers, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => boolean;
}

/**
 * Why a request may not use the server API; undefined if it may. Without a key only this machine is
 * answered, and only where everybody may do everything.
 */
export function withoutApiKey(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  { settings, isLocal }: ApiAccess,
): Refusal | undefined {
  const { api, client } = settings();
  const isOpen = api.key === undefined && client.isInsecure && isLocal(request.headers, info);
  const key = hasApiKey(request, new URL(request.url).searchParams, api);
  return key === "right" || (isOpen && key === "none") ? undefined : REFUSALS.apiKeyNeeded;
}

/** Compares in a time that tells nothing about where texts differ. */
function isSame(shown: string, key: string): boolean {
  const [a, b] = [new TextEncoder().encode(shown), new TextEncoder().encode(key)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

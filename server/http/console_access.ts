import { hasApiKey, withoutApiKey } from "./api_key.ts";
import type { ApiAccess } from "./api_key.ts";
import { NO_STORE } from "./channels.ts";

/**
 * `GET /console/access`: what the sender of this request may do, always as 200, so that the page need
 * not find out by being refused. `key` says what became of an API key that was shown: `right`, `wrong`,
 * `none` where none was, and `unset` where the server has none.
 */
export function consoleAccess(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  access: ApiAccess,
): Response {
  const { api, client } = access.settings();
  const shown = hasApiKey(request, new URL(request.url).searchParams, api);
  const isOpen = client.isInsecure || client.allowAnonymousConnectWithoutToken;
  return Response.json({
    key: api.key === undefined ? "unset" : shown,
    api: withoutApiKey(request, info, access) === undefined,
    channels: shown === "right" || client.isInsecure,
    connect: isOpen,
  }, NO_STORE);
}

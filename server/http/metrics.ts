import type { ApiAccess } from "./api_key.ts";
import { withoutApiKey } from "./api_key.ts";
import { NO_STORE } from "./channels.ts";
import { refuse } from "./refuse.ts";

/** What the metrics route needs. */
export interface MetricsRoutes extends ApiAccess {
  /** All metrics of this moment, in Prometheus' text format. */
  readonly exposition: () => string;
}

/** Prometheus' text format, of the version that it asks for. */
const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** `GET /metrics`: for those who may use the server API. */
export function metrics(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  routes: MetricsRoutes,
): Response {
  const refusal = withoutApiKey(request, info, routes);
  if (refusal !== undefined) return refuse(refusal);
  const headers = { ...NO_STORE.headers, "content-type": CONTENT_TYPE };
  return new Response(routes.exposition(), { headers });
}

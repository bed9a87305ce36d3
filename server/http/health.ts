import { VERSION } from "../version.ts";
import { hasApiKey } from "./api_key.ts";
import type { HttpSettings } from "./caller.ts";

/** What the health routes tell. */
export interface HealthRoutes {
  /** When the server began to start, on `performance.now()`'s clock. */
  readonly startedAt: number;
  /** The state's name: `ready`, `draining`, … */
  readonly state: () => string;
  /** Why nothing can be published at the moment, if nothing can. */
  readonly problem?: () => string | undefined;
  /** Connections, channels, messages and history, for `midgard status`. */
  readonly details: () => Readonly<Record<string, unknown>>;
  /** Whether the request comes from this machine. */
  readonly isLocal: (headers: Headers, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => boolean;
  /** As of now. */
  readonly settings: () => HttpSettings;
}

/**
 * `GET /healthz`: 200 while the process lives. Only this machine and whoever has the API key are
 * told who the server is and what it does.
 */
export function healthz(
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  { startedAt, state, isLocal, settings, details }: HealthRoutes,
): Response {
  const key = hasApiKey(request, new URL(request.url).searchParams, settings().api);
  const isTold = isLocal(request.headers, info) || key === "right";
  const uptime_s = Math.round((performance.now() - startedAt) / 100) / 10;
  const about = isTold ? { version: VERSION, pid: Deno.pid, ...details() } : {};
  return Response.json({ status: state(), uptime_s, ...about }, NO_STORE);
}

/** `GET /readyz`: 200 when ready, 503 before, while draining, and while history is out of reach. */
export function readyz({ state, problem = () => undefined }: HealthRoutes): Response {
  const [status, reason] = [state(), problem()];
  const isReady = status === "ready" && reason === undefined;
  const body = reason === undefined ? { status } : { status, reason };
  return Response.json(body, { ...NO_STORE, status: isReady ? 200 : 503 });
}

const NO_STORE = { headers: { "cache-control": "no-store" } };

import type { Context, Handler, MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { Hono } from "hono/tiny";
import type { Flight } from "../../lifecycle/mod.ts";
import { CONSOLE_ASSETS } from "../console/mod.ts";
import { REFUSALS } from "../errors.ts";
import { visitOf } from "./admission.ts";
import type { ApiRoutes } from "./api.ts";
import { callApi } from "./api.ts";
import { consoleAccess } from "./console_access.ts";
import { consoleAsset } from "./console_asset.ts";
import type { ChannelRoutes } from "./channels.ts";
import { listChannels, readChannel } from "./channels.ts";
import type { ClientStreamRoutes } from "./client_streams.ts";
import { emulate, eventStream, httpStream } from "./client_streams.ts";
import type { HealthRoutes } from "./health.ts";
import { healthz, readyz } from "./health.ts";
import type { MetricsRoutes } from "./metrics.ts";
import { metrics } from "./metrics.ts";
import { hostOf } from "./host.ts";
import type { OriginPolicy } from "./origin.ts";
import { rawPath } from "./path.ts";
import { publish } from "./publish.ts";
import { refuse } from "./refuse.ts";
import type { StaticFiles } from "./static.ts";

/** Everything that answers plain HTTP requests. */
export interface Routes {
  readonly channels: ChannelRoutes;
  readonly streams: ClientStreamRoutes;
  readonly api: ApiRoutes;
  readonly health: HealthRoutes;
  readonly metrics: MetricsRoutes;
  readonly origins: OriginPolicy;
  /** Files to serve at `/` instead of the console. */
  readonly files: StaticFiles | undefined;
  /** Told what broke; the client is told only that something did. */
  readonly onError: (error: unknown) => void;
}

/** What Deno tells about a request besides the request. */
interface Env {
  Bindings: { readonly info: Deno.ServeHandlerInfo<Deno.NetAddr>; readonly flight: Flight };
}

/** Answers one plain HTTP request; `flight` is the answer on its way. */
export type Answer = (
  request: Request,
  info: Deno.ServeHandlerInfo<Deno.NetAddr>,
  flight: Flight,
) => Response | Promise<Response>;

/** The whole surface, but for WebSockets, on one screen. */
export function answerWith(routes: Routes): Answer {
  const { channels, streams, api, health, origins, files, onError } = routes;
  const app = new Hono<Env>({ getPath: (request) => rawPath(request.url) });
  const allowed = new Map<string, string[]>();
  const on: On = (method, path, handler) => {
    app.on(method, path, handler);
    allowed.set(path, [
      ...(allowed.get(path) ?? []),
      ...(method === "GET" ? ["GET", "HEAD"] : [method]),
    ]);
  };

  // The router would take a slash at the end for nothing.
  app.use((c, next) => /.\/$/.test(c.req.path) ? serveFile(c, files) : next());
  for (const path of ["/channels/*", "/connection/*", "/emulation", "/api/*"]) {
    app.use(path, ownOriginsOnly(origins), cors(CORS));
  }

  on("GET", "/healthz", (c) => healthz(c.req.raw, c.env.info, health));
  on("GET", "/readyz", () => readyz(health));
  on("GET", "/metrics", (c) => metrics(c.req.raw, c.env.info, routes.metrics));
  addChannels(on, channels);
  addClients(on, streams);
  on("POST", "/api/:method", (c) => {
    const { info } = c.env;
    return callApi(c.req.raw, { method: c.req.path.slice("/api/".length), info }, api);
  });
  on("GET", "/console/access", (c) => consoleAccess(c.req.raw, c.env.info, api));

  for (const [path, methods] of allowed) {
    app.all(path, () => refuse(REFUSALS.wrongMethod, { allow: methods.join(", ") }));
  }
  app.all("*", (c) => serveFile(c, files));
  app.onError((error) => {
    onError(error);
    return refuse(REFUSALS.internal);
  });
  return (request, info, flight) => app.fetch(request, { info, flight });
}

/** Adds one address. */
type On = (method: "GET" | "POST", path: string, handler: Handler<Env>) => void;

function addChannels(on: On, channels: ChannelRoutes): void {
  on("GET", "/channels", (c) => listChannels(c.req.raw, channels));
  on("GET", "/channels/:channel", (c) => {
    const { flight } = c.env;
    return readChannel(visitOf(c.req.raw, c.env.info, channels), {
      segment: segmentOf(c.req.path),
      flight,
    }, channels);
  });
  on("POST", "/channels/:channel", (c) => publish(c.req.raw, segmentOf(c.req.path), channels));
}

/** The Centrifuge protocol for clients that cannot use a WebSocket. */
function addClients(on: On, streams: ClientStreamRoutes): void {
  on("GET", "/connection/websocket", () => refuse(REFUSALS.upgradeNeeded, UPGRADE));
  on("POST", "/connection/http_stream", (c) => {
    return httpStream(visitOf(c.req.raw, c.env.info, streams), c.env.flight, streams);
  });
  for (const method of ["GET", "POST"] as const) {
    on(
      method,
      "/connection/sse",
      (c) => eventStream(visitOf(c.req.raw, c.env.info, streams), c.env.flight, streams),
    );
  }
  on("POST", "/emulation", (c) => emulate(c.req.raw, streams));
}

/** The channel as it stands in the path, still percent-encoded. */
function segmentOf(path: string): string {
  return path.slice("/channels/".length);
}

/**
 * Channels are for this server's own pages, those of allowed origins, and programs. A browser would
 * keep a foreign page from reading an answer, but not from having published.
 */
function ownOriginsOnly(origins: OriginPolicy): MiddlewareHandler<Env> {
  return async (c, next) => {
    const isAllowed = origins.allows(c.req.header("origin") ?? null, hostOf(c.req.raw));
    return isAllowed ? await next() : refuse(REFUSALS.wrongOrigin);
  };
}

const UPGRADE = { upgrade: "websocket", "sec-websocket-version": "13" };

/** What pages of allowed origins may do and see across origins. */
const CORS = {
  origin: (origin: string) => origin,
  allowMethods: ["GET", "HEAD", "POST"],
  allowHeaders: [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "Last-Event-ID",
    "If-None-Match",
  ],
  exposeHeaders: ["ETag", "Retry-After"],
  maxAge: 600,
};

/** What the console is made of, by its paths: in one table, as the router looks at all its routes. */
const CONSOLE = new Map(CONSOLE_ASSETS.map((asset) => [asset.path, asset]));

/** A file of the console or of `--public`, or the console at `/`, all of which is for GET and HEAD. */
async function serveFile(c: Context<Env>, files: StaticFiles | undefined): Promise<Response> {
  const found = await fileAt(c, files);
  if (found === undefined) return refuse(REFUSALS.notFound);
  if (c.req.method === "GET" || c.req.method === "HEAD") return found;
  await found.body?.cancel();
  return refuse(REFUSALS.wrongMethod, { allow: "GET, HEAD" });
}

async function fileAt(
  c: Context<Env>,
  files: StaticFiles | undefined,
): Promise<Response | undefined> {
  const { path, raw } = c.req;
  const asset = CONSOLE.get(path);
  if (asset === undefined && files !== undefined) return await files.serve(raw, path);
  const found = path === "/" ? CONSOLE.get("/console") : asset;
  return found && await consoleAsset(raw, found);
}

import type { Flight } from "../../lifecycle/mod.ts";
import type { Cluster } from "../cluster/mod.ts";
import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { CentrifugeCodec } from "../protocol/mod.ts";
import { CENTRIFUGE_JSON } from "../protocol/mod.ts";
import type { ClientSessions } from "../session/mod.ts";
import type { Admission, Visit } from "./admission.ts";
import { noRoom } from "./admission.ts";
import { readBytes } from "./body.ts";
import type { HttpSettings } from "./caller.ts";
import { trustedUser } from "./caller.ts";
import { codecOfBody } from "./codecs.ts";
import { refuse } from "./refuse.ts";

/** What clients that cannot use a WebSocket need. */
export interface ClientStreamRoutes extends Admission {
  readonly clients: ClientSessions;
  /** As of now. */
  readonly settings: () => HttpSettings;
  /** Names this server in what a client is told to send beside its stream. */
  readonly node: string;
  /** The other servers that share the history, if there may be any. */
  readonly cluster?: Cluster | undefined;
}

/** Proxies must not hold anything back, and nobody must compress: messages would wait for more. */
const STREAM_HEADERS = {
  "cache-control": "private, no-cache, no-store, must-revalidate, max-age=0, no-transform",
  "x-accel-buffering": "no",
};

/** `POST /connection/http_stream`: the body holds the first commands, the answer all replies. */
export async function httpStream(
  visit: Visit,
  flight: Flight,
  routes: ClientStreamRoutes,
): Promise<Response> {
  const full = noRoom(visit, routes);
  if (full !== undefined) return refuse(full.refusal, full.headers);
  const codec = await codecOfBody(visit.request, routes.clients);
  const isText = codec === CENTRIFUGE_JSON;
  const type = isText ? "application/json; charset=utf-8" : "application/octet-stream";
  return await openWithBody(visit, { codec, flight, type, kind: "http_stream" }, routes);
}

/** `/connection/sse`: the first commands stand in `?cf_connect=`, or in the body of a POST. */
export async function eventStream(
  visit: Visit,
  flight: Flight,
  routes: ClientStreamRoutes,
): Promise<Response> {
  const opening = {
    codec: CENTRIFUGE_JSON,
    flight,
    type: "text/event-stream; charset=utf-8",
    kind: "sse",
  } as const;
  const full = noRoom(visit, routes);
  if (full !== undefined) return refuse(full.refusal, full.headers);
  const { request } = visit;
  if (request.method === "POST") return await openWithBody(visit, opening, routes);
  const commands = new URL(request.url).searchParams.get("cf_connect");
  if (commands === null || commands === "") return refuse(REFUSALS.noCommands);
  return open(visit, { ...opening, commands }, routes);
}

/** `POST /emulation`: commands of a client whose replies go down its stream. */
export async function emulate(request: Request, routes: ClientStreamRoutes): Promise<Response> {
  const { messageSizeLimit: maxBytes } = routes.settings().client;
  const codec = await codecOfBody(request, routes.clients);
  const body = await readBytes(request, { maxBytes: maxBytes * EMULATION_OVERHEAD });
  if (body.kind === "refused") return refuse(body.refusal);
  const emulation = codec.decodeEmulation(body.bytes);
  if (emulation === undefined) return refuse(REFUSALS.badEmulation);
  const { session, node, data } = emulation;
  const refusal = node === routes.node
    ? (takeEmulation(session, data, routes) ? undefined : REFUSALS.stopping)
    : await handOver(node, { session, data }, routes);
  if (refusal !== undefined) return refuse(refusal);
  return new Response(null, { status: 204, headers: { "cache-control": "no-store" } });
}

/**
 * Takes what a client of this server sent beside its stream; false if nothing is taken any more. A
 * stream that is being closed still takes what its client sent before it knew.
 */
export function takeEmulation(
  session: string,
  data: string | Uint8Array<ArrayBuffer>,
  { isAccepting, clients }: Pick<ClientStreamRoutes, "isAccepting" | "clients">,
): boolean {
  if (!isAccepting() && !clients.hasStream(session)) return false;
  clients.emulate(session, data);
  return true;
}

/** Why another server did not take it; undefined if it did. */
async function handOver(
  node: string,
  { session, data }: { session: string; data: string | Uint8Array<ArrayBuffer> },
  { cluster }: ClientStreamRoutes,
): Promise<Refusal | undefined> {
  switch (await cluster?.emulate(node, session, data) ?? "unknown") {
    case "taken":
      return undefined;
    case "refused":
      return REFUSALS.stopping;
    case "unknown":
      return REFUSALS.unknownNode;
    case "unanswered":
      return REFUSALS.nodeUnreachable;
  }
}

/** The commands stand as text in JSON, where each character may take six. */
const EMULATION_OVERHEAD = 6;

interface Opening {
  readonly kind: "http_stream" | "sse";
  readonly codec: CentrifugeCodec;
  readonly flight: Flight;
  /** Content type of the answer. */
  readonly type: string;
}

async function openWithBody(
  visit: Visit,
  opening: Opening,
  routes: ClientStreamRoutes,
): Promise<Response> {
  const body = await readBytes(visit.request, {
    maxBytes: routes.settings().client.messageSizeLimit,
  });
  if (body.kind === "refused") return refuse(body.refusal);
  // The body may have taken its time.
  const full = noRoom(visit, routes);
  if (full !== undefined) return refuse(full.refusal, full.headers);
  return open(visit, { ...opening, commands: body.bytes }, routes);
}

function open(
  visit: Visit,
  { type, ...opening }: Opening & { readonly commands: string | Uint8Array<ArrayBuffer> },
  routes: ClientStreamRoutes,
): Response {
  const { clients, settings, limits } = routes;
  const body = clients.openStream({
    ...opening,
    trustedUser: trustedUser(visit.request.headers, settings()),
    place: limits.enter(visit),
  });
  return new Response(body, { headers: { ...STREAM_HEADERS, "content-type": type } });
}

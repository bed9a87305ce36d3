import type { Cluster } from "../cluster/mod.ts";
import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Field, Fields, ReplyError } from "../protocol/mod.ts";
import {
  COMMAND_ERRORS,
  FLAG,
  isObject,
  messageJson,
  parseJson,
  rawItems,
  rawValue,
  readFields,
} from "../protocol/mod.ts";
import type { ClientEnvironment, SessionRegistry } from "../session/mod.ts";
import { API_METHODS } from "./api_methods.ts";
import { withoutApiKey } from "./api_key.ts";
import type { ApiOutcome } from "./api_outcome.ts";
import { readBytes } from "./body.ts";
import type { HttpSettings } from "./caller.ts";
import { NO_STORE } from "./channels.ts";
import { refuse } from "./refuse.ts";

/** What the server API needs. */
export interface ApiRoutes {
  readonly environment: ClientEnvironment;
  /** The other servers that share the history, if there may be any. */
  readonly cluster?: Cluster | undefined;
  readonly sessions: SessionRegistry;
  /** As of now. */
  readonly settings: () => HttpSettings;
  /** False once the closing has begun: then nothing is answered but 503. */
  readonly isAccepting: () => boolean;
  /** Whether a request comes from this machine. */
  readonly isLocal: (headers: Headers, info: Deno.ServeHandlerInfo<Deno.NetAddr>) => boolean;
  /** Milliseconds since 1970, UTC. */
  readonly startedAt: number;
  /** Whose level a call may change. */
  readonly logger: Pick<Logger, "level" | "setLevel">;
  readonly onError: (error: unknown) => void;
}

/** Bytes of the largest call: room for a batch. */
const MAX_BODY_BYTES = 8 * 1_024 * 1_024;

/** Calls in one batch. */
const MAX_BATCH = 10_000;

/**
 * `POST /api/<method>`: Centrifugo's server API. The answer is 200 with a result or an error in it;
 * where the caller asks for errors as statuses, those. What could not be stored is 503 in any case,
 * so that 200 always means stored.
 */
export async function callApi(
  request: Request,
  { method, info }: { method: string; info: Deno.ServeHandlerInfo<Deno.NetAddr> },
  routes: ApiRoutes,
): Promise<Response> {
  const refusal = withoutApiKey(request, info, routes);
  if (refusal !== undefined) return refuse(refusal);
  if (!routes.isAccepting()) return refuse(REFUSALS.stopping);
  const body = await readBytes(request, { maxBytes: MAX_BODY_BYTES });
  if (body.kind === "refused") return refuse(body.refusal);
  // The body may have taken its time.
  if (!routes.isAccepting()) return refuse(REFUSALS.stopping);
  const json = decode(body.bytes);
  if (json === undefined) return refuse(REFUSALS.badBody);
  if (method === "batch") return await batch(json, routes);
  return respond(request, await call(method, json, routes), routes);
}

/** The text of a body that is one JSON object; an empty body is an empty one. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const json = text.trim() === "" ? "{}" : text;
    return isObject(parseJson(json)) ? json : undefined;
  } catch {
    return undefined;
  }
}

async function call(method: string, json: string, routes: ApiRoutes): Promise<ApiOutcome> {
  const { counts } = routes.environment;
  counts.apiCalls.called(method);
  const outcome = await carryOut(method, json, routes);
  if (outcome.kind === "error") counts.apiCallFailed(method, outcome.error.code);
  if (outcome.kind === "refused") counts.apiCallFailed(method, errorOf(outcome.refusal).code);
  return outcome;
}

async function carryOut(method: string, json: string, routes: ApiRoutes): Promise<ApiOutcome> {
  const handler = Object.hasOwn(API_METHODS, method) ? API_METHODS[method] : undefined;
  if (handler === undefined) return { kind: "refused", refusal: REFUSALS.unknownMethod };
  try {
    const outcome = await handler(json, routes);
    const isForAll = outcome.kind === "result" && FOR_ALL_NODES.has(method);
    if (!isForAll || routes.cluster === undefined) return outcome;
    const isTold = await routes.cluster.tell(method, json);
    return isTold ? outcome : { kind: "error", error: COMMAND_ERRORS.internal };
  } catch (error) {
    routes.onError(error);
    return { kind: "error", error: COMMAND_ERRORS.internal };
  }
}

/** What every node does for its own clients. All of it may be done twice. */
const FOR_ALL_NODES: ReadonlySet<string> = new Set([
  "subscribe",
  "unsubscribe",
  "disconnect",
  "refresh",
]);

/** Carries out for the clients here what another node was called for. */
export async function carryOutHere(method: string, json: string, routes: ApiRoutes): Promise<void> {
  if (FOR_ALL_NODES.has(method)) await API_METHODS[method]?.(json, routes);
}

/** The statuses of errors, for callers that want them. */
const STATUSES: Readonly<Record<number, number>> = {
  [COMMAND_ERRORS.unknownChannel.code]: 404,
  [COMMAND_ERRORS.methodNotFound.code]: 404,
  [COMMAND_ERRORS.badRequest.code]: 400,
  [COMMAND_ERRORS.notAvailable.code]: 400,
  [COMMAND_ERRORS.unrecoverablePosition.code]: 416,
  [COMMAND_ERRORS.conflict.code]: 409,
};

function respond(request: Request, outcome: ApiOutcome, { settings }: ApiRoutes): Response {
  switch (outcome.kind) {
    case "refused":
      return refuse(outcome.refusal);
    case "result":
      return json(`{"result":${messageJson(outcome.result, outcome.isWhole)}}`, 200);
    case "error": {
      const mode = request.headers.get("x-centrifugo-error-mode") ?? settings().api.errorMode;
      const status = mode === "transport" ? STATUSES[outcome.error.code] ?? 500 : 200;
      return json(`{"error":${errorJson(outcome.error)}}`, status);
    }
  }
}

function json(body: string, status: number): Response {
  const headers = { ...NO_STORE.headers, "content-type": "application/json" };
  return new Response(body, { status, headers });
}

function errorJson({ code, message }: ReplyError): string {
  return messageJson({ code, message });
}

/** The texts of a list's items: each holds a request, which is read as it stands. */
const ITEMS: Field = (value, json, path) =>
  Array.isArray(value) ? rawItems(rawValue(json, path) ?? "") : undefined;

const BATCH: Fields = { commands: ITEMS, parallel: FLAG };

/** `{commands: [{"publish": {…}}, …], parallel?}`: one reply for each, in their order. */
async function batch(body: string, routes: ApiRoutes): Promise<Response> {
  const value = parseJson(body);
  const request = isObject(value) ? readFields(value, BATCH, body) : undefined;
  if (request === undefined) return refuse(REFUSALS.badBody);
  // The fields are read as the table names them.
  const { commands = [], parallel = false } = request as {
    readonly commands?: readonly string[];
    readonly parallel?: boolean;
  };
  if (commands.length > MAX_BATCH) return refuse(REFUSALS.tooLarge);
  const run = (command: string) => batchItem(command, routes);
  const replies = parallel ? await Promise.all(commands.map(run)) : await inTurn(commands, run);
  return json(`{"replies":[${replies.join(",")}]}`, 200);
}

async function inTurn<T>(items: readonly T[], run: (item: T) => Promise<string>) {
  const replies: string[] = [];
  for (const item of items) replies.push(await run(item));
  return replies;
}

async function batchItem(item: string, routes: ApiRoutes): Promise<string> {
  const command = parseJson(item);
  const [method, ...others] = isObject(command) ? Object.keys(command) : [];
  const request = method === undefined ? undefined : rawValue(item, [method]);
  const isCall = others.length === 0 && request?.startsWith("{") === true;
  if (method === undefined || !isCall) return `{"error":${errorJson(COMMAND_ERRORS.badRequest)}}`;
  const outcome = await call(method, request, routes);
  switch (outcome.kind) {
    case "result":
      return `{"${method}":${messageJson(outcome.result, outcome.isWhole)}}`;
    case "error":
      return `{"error":${errorJson(outcome.error)}}`;
    case "refused":
      return `{"error":${errorJson(errorOf(outcome.refusal))}}`;
  }
}

/** What a refusal of the whole call is as the error of one in a batch. */
function errorOf(refusal: Refusal): ReplyError {
  if (refusal === REFUSALS.unknownMethod) return COMMAND_ERRORS.methodNotFound;
  return refusal.status < 500 ? COMMAND_ERRORS.badRequest : COMMAND_ERRORS.internal;
}

import type { Command, Method, RecoverRequest } from "./centrifuge_commands.ts";
import type { Field, Fields } from "./json_fields.ts";
import {
  COUNT,
  DATA,
  FLAG,
  INTEGER,
  isObject,
  objectOf,
  parseJson,
  PRESENCE,
  readFields,
  TEXT,
} from "./json_fields.ts";

const POSITION = { offset: COUNT, epoch: TEXT };
const RECOVERY = { recover: FLAG, ...POSITION };

/** A map of channels to positions. */
const POSITIONS: Field = (value): Record<string, RecoverRequest> | undefined => {
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).map(([channel, inner]) => [
    channel,
    isObject(inner) ? readFields(inner, RECOVERY, "", []) : undefined,
  ]);
  return entries.some(([, inner]) => inner === undefined) ? undefined : Object.fromEntries(entries);
};

const SINCE: Field = objectOf(POSITION);

/** What each method's request may hold; everything else in it is ignored. */
const REQUESTS: Readonly<Record<Method, Fields>> = {
  connect: { token: TEXT, data: DATA, subs: POSITIONS, name: TEXT, version: TEXT },
  subscribe: {
    ...RECOVERY,
    ...{ channel: TEXT, token: TEXT, data: DATA, positioned: FLAG, recoverable: FLAG },
    ...{ join_leave: FLAG, delta: TEXT, flag: INTEGER, type: INTEGER, tf: PRESENCE },
  },
  unsubscribe: { channel: TEXT },
  publish: { channel: TEXT, data: DATA, type: INTEGER },
  presence: { channel: TEXT },
  presence_stats: { channel: TEXT },
  history: { channel: TEXT, limit: INTEGER, since: SINCE, reverse: FLAG },
  rpc: { method: TEXT, data: DATA },
  send: { data: DATA },
  refresh: { token: TEXT },
  sub_refresh: { channel: TEXT, token: TEXT },
  ping: {},
};

function isMethod(name: string): boolean {
  return Object.hasOwn(REQUESTS, name);
}

const MAX_ID = 2 ** 32 - 1;

/** The command that a line of JSON is; undefined if it is none. */
export function readCommand(json: string): Command | undefined {
  const message = parseJson(json);
  if (!isObject(message)) return undefined;
  const id = COUNT(message["id"] ?? 0, json, []);
  if (typeof id !== "number" || id > MAX_ID) return undefined;
  const methods = Object.keys(message).filter((name) => isMethod(name) && message[name] !== null);
  const [method] = methods as Method[];
  if (method === undefined) return id === 0 ? { method: "pong", id } : undefined;
  const request = message[method];
  if (methods.length > 1 || !isObject(request)) return undefined;
  const params = readFields(request, REQUESTS[method], json, [method]);
  // The table above reads for each method what its request's type names.
  return params === undefined ? undefined : { method, id, params } as Command;
}

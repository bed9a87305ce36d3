import { encodeBase64 } from "@std/encoding/base64";
import { isOfFormat } from "../auth/mod.ts";
import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { Appended } from "../history/mod.ts";
import { MAX_GROUP } from "../history/mod.ts";
import type { PublishRequest } from "../hub/mod.ts";
import type { Payload } from "../publication.ts";
import { BodyRoom, readBytes, toPayload } from "./body.ts";
import type { Caller } from "./caller.ts";
import type { ChannelRoutes } from "./channels.ts";
import { NO_STORE } from "./channels.ts";
import { refuse } from "./refuse.ts";

/** Bytes of a body; a line may be as large as any message. Its lines are one group of the log. */
const MAX_BYTES = 1_048_576;

/** All of them that are on their way in: a thousand senders that stall would take a gigabyte. */
const ROOM = new BodyRoom(67_108_864);

/** The key that the log remembers has to leave room for what else it stands for. */
const MAX_KEY_LENGTH = 128;

const NEWLINE = 0x0a;

type Lines =
  | { readonly kind: "lines"; readonly payloads: readonly Payload[] }
  /** `line` counts from 1; undefined where it is about all of them. */
  | { readonly kind: "refused"; readonly refusal: Refusal; readonly line?: number };

/**
 * `POST /channels/<channel>?lines`: publishes each line of the body, in their order, all of them or
 * none. The answer has the position of the last one and how many there were. An idempotency key
 * stands for itself, the body and what its lines are taken for together.
 */
export async function publishLines(
  request: Request,
  { caller, key }: { readonly caller: Caller; readonly key: string | null },
  routes: ChannelRoutes,
): Promise<Response> {
  const { isAccepting, settings } = routes;
  if (key !== null && key.length > MAX_KEY_LENGTH) return refuse(REFUSALS.badKey);
  const { messageSizeLimit } = settings().client;
  const maxBytes = Math.max(MAX_BYTES, messageSizeLimit + 1);
  const body = await readBytes(request, { maxBytes, room: ROOM });
  if (body.kind === "refused") return refuse(body.refusal);
  const type = request.headers.get("content-type") ?? "";
  const read = readLines(body.bytes, { type, maxBytes: messageSizeLimit, caller });
  if (read.kind === "refused") {
    return refuse(read.refusal, {}, read.line === undefined ? {} : { line: read.line });
  }
  const name = key === null ? undefined : await nameOf(key, body.bytes, read.payloads);
  // The body may have taken its time: what was not begun before the closing is not begun at all.
  if (!isAccepting()) return refuse(REFUSALS.stopping);
  return answer(await store(read.payloads, { caller, name }, routes));
}

function readLines(
  bytes: Uint8Array<ArrayBuffer>,
  { type, maxBytes, caller: { options, isInsecure } }: {
    readonly type: string;
    readonly maxBytes: number;
    readonly caller: Caller;
  },
): Lines {
  const payloads: Payload[] = [];
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    const own = bytes.slice(start, end === -1 ? bytes.length : end);
    start += own.length + 1;
    line += 1;
    if (own.length > maxBytes) return { kind: "refused", refusal: REFUSALS.tooLarge, line };
    const read = toPayload(own, type);
    if (read.kind === "refused") return { ...read, line };
    const isBad = !isInsecure && !isOfFormat(read.payload, options);
    if (isBad) return { kind: "refused", refusal: REFUSALS.badBody, line };
    payloads.push(read.payload);
    if (payloads.length > MAX_GROUP) return { kind: "refused", refusal: REFUSALS.tooLarge };
  }
  if (payloads.length === 0) return { kind: "refused", refusal: REFUSALS.badBody };
  return { kind: "lines", payloads };
}

/**
 * The key of all lines. With newlines, which no key of a client has: it can mean nothing else. A server
 * that remembered each line by its number had this one for the first: what it has stored is known.
 */
async function nameOf(
  key: string,
  bytes: Uint8Array<ArrayBuffer>,
  payloads: readonly Payload[],
): Promise<string> {
  const kinds = [...new Set(payloads.map(({ kind }) => kind))].join();
  return `${key}\n${kinds}\n${encodeBase64(await crypto.subtle.digest("SHA-256", bytes))}\n0`;
}

/** One step of storing. */
async function store(
  payloads: readonly Payload[],
  { caller: { channel, options }, name }: {
    readonly caller: Caller;
    readonly name: string | undefined;
  },
  { hub, counts }: ChannelRoutes,
): Promise<readonly Appended[]> {
  return await Promise.all(payloads.map((payload, index) =>
    new Promise<Appended>((onAppended) => {
      const request: PublishRequest = {
        ...{ channel, payload, onAppended, hasDelta: options.deltaPublish, counts: counts.http },
        isWithPrevious: index > 0,
      };
      const isNamed = name !== undefined && index === 0;
      // The name stands for the body: nothing else has it.
      hub.publish(isNamed ? { ...request, idempotency: { key: name, digest: "" } } : request);
    })
  ));
}

/** A log that breaks its promise may have stored but a few. */
function answer(appended: readonly Appended[]): Response {
  const stored = appended.filter((each) => each.kind === "stored" || each.kind === "repeated");
  const last = stored.at(-1);
  if (last === undefined || stored.length < appended.length) return refuse(REFUSALS.notStored);
  return Response.json({ ...last.position, count: appended.length }, NO_STORE);
}

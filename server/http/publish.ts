import { encodeBase64 } from "@std/encoding/base64";
import { isOfFormat, mayPublish } from "../auth/mod.ts";
import { REFUSALS } from "../errors.ts";
import type { Appended, Idempotency } from "../history/mod.ts";
import type { Payload } from "../publication.ts";
import { readPayload } from "./body.ts";
import { identifyCaller } from "./caller.ts";
import type { ChannelRoutes } from "./channels.ts";
import { channelName, NO_STORE } from "./channels.ts";
import { publishLines } from "./publish_lines.ts";
import { isSet, queryOf } from "./query.ts";
import { refuse } from "./refuse.ts";

/**
 * `POST /channels/<channel>`: 200 with the position, once the body is stored; with `?lines` each
 * line of the body is a publication.
 */
export async function publish(
  request: Request,
  segment: string,
  routes: ChannelRoutes,
): Promise<Response> {
  const { hub, isAccepting, settings, counts } = routes;
  const channel = channelName(segment);
  if (channel === undefined) return refuse(REFUSALS.badChannel);
  if (!isAccepting()) return refuse(REFUSALS.stopping);
  if (hub.isOverloaded) return refuse(REFUSALS.overloaded);
  const caller = await identifyCaller(request, channel, settings());
  if (caller.kind === "refused") return refuse(caller.refusal);
  if (!mayPublish({ ...caller, isSubscribed: false })) return refuse(REFUSALS.notAllowed);
  const key = request.headers.get("idempotency-key");
  if (key !== null && !/^[\x20-\x7e]{1,255}$/.test(key)) return refuse(REFUSALS.badKey);
  if (isSet(queryOf(request.url).get("lines"))) {
    return await publishLines(request, { caller, key }, routes);
  }
  const body = await readPayload(request, { maxBytes: settings().client.messageSizeLimit });
  if (body.kind === "refused") return refuse(body.refusal);
  const { payload } = body;
  const { options, isInsecure } = caller;
  if (!isInsecure && !isOfFormat(payload, options)) return refuse(REFUSALS.badBody);
  const idempotency = key === null ? undefined : { key, digest: await digestOf(payload) };
  // The body may have taken its time: what was not begun before the closing is not begun at all.
  if (!isAccepting()) return refuse(REFUSALS.stopping);
  const plain = { channel, payload, hasDelta: options.deltaPublish, counts: counts.http };
  const draft = idempotency === undefined ? plain : { ...plain, idempotency };
  return answer(
    await new Promise<Appended>((onAppended) => hub.publish({ ...draft, onAppended })),
  );
}

function answer(appended: Appended): Response {
  switch (appended.kind) {
    case "stored":
    case "repeated":
    case "stale":
      return Response.json(appended.position, NO_STORE);
    case "conflict":
      return refuse(REFUSALS.keyConflict);
    case "failed":
      return refuse(REFUSALS.notStored);
  }
}

/** Tells payloads apart, by kind and content. */
export async function digestOf(payload: Payload): Promise<Idempotency["digest"]> {
  const bytes = payload.kind === "binary" ? payload.bytes : new TextEncoder().encode(payload.text);
  return `${payload.kind} ${encodeBase64(await crypto.subtle.digest("SHA-256", bytes))}`;
}

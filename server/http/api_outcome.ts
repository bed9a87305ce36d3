import { decodeBase64 } from "@std/encoding/base64";
import type { ChannelOptions } from "../config/mod.ts";
import type { Refusal } from "../errors.ts";
import { REFUSALS } from "../errors.ts";
import type { Fields, ReplyError } from "../protocol/mod.ts";
import { isObject, parseJson, payloadOf, readFields } from "../protocol/mod.ts";
import type { Payload } from "../publication.ts";
import { findChannel } from "../session/mod.ts";
import type { ApiRoutes } from "./api.ts";

/** What becomes of a call of the server API. */
export type ApiOutcome =
  /** `isWhole` if zero values are to be sent, too. */
  | { readonly kind: "result"; readonly result: object; readonly isWhole?: boolean }
  | { readonly kind: "error"; readonly error: ReplyError }
  /** The call itself cannot be carried out: an HTTP status, never 200. */
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** Carries out one call. @param json The request, a valid JSON object. */
export type ApiHandler = (json: string, routes: ApiRoutes) => ApiOutcome | Promise<ApiOutcome>;

/** Nothing more to say. */
export const DONE: ApiOutcome = { kind: "result", result: {} };

export function failed(error: ReplyError): { readonly kind: "error"; readonly error: ReplyError } {
  return { kind: "error", error };
}

/** A handler that is given the fields of its request; a field of a wrong type is a bad body. */
export function withFields<T>(
  fields: Fields,
  handler: (request: T, routes: ApiRoutes) => ApiOutcome | Promise<ApiOutcome>,
): ApiHandler {
  return (json, routes) => {
    const value = parseJson(json);
    const request = isObject(value) ? readFields(value, fields, json) : undefined;
    if (request === undefined) return { kind: "refused", refusal: REFUSALS.badBody };
    // The fields are read as the handler's type names them.
    return handler(request as T, routes);
  };
}

/** A channel that a call names, or the error that it is answered with. */
export function channelOf(
  name = "",
  { settings }: ApiRoutes,
):
  | { readonly kind: "channel"; readonly channel: string; readonly options: ChannelOptions }
  | ReturnType<typeof failed> {
  const found = findChannel(name, settings().channels);
  return found.kind === "channel" ? found : failed(found.error);
}

/** Data that stands in a request as JSON, or as base64; undefined if it is neither. */
export function dataOf(
  { data, b64data = "" }: { readonly data?: Payload; readonly b64data?: string },
): Payload | undefined {
  return b64data === "" ? data : bytesOf(b64data);
}

function bytesOf(base64: string): Payload | undefined {
  try {
    return payloadOf(decodeBase64(base64));
  } catch {
    return undefined;
  }
}

import { assertEquals } from "@std/assert";
import type { Site } from "./site.ts";

/** Who calls the server API, and how. */
export interface ApiCallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to the address, without `?`. */
  readonly query?: string;
}

/** Calls a method; a text is sent as it is. */
export async function callApi(
  site: Site,
  method: string,
  params: unknown = {},
  { headers = {}, query = "" }: ApiCallOptions = {},
): Promise<Response> {
  const body = typeof params === "string" ? params : JSON.stringify(params);
  return await site.request(`POST /api/${method}?${query}`, { headers, body });
}

/** The whole body of an answer of 200. */
export async function replyOf(site: Site, method: string, params: unknown = {}): Promise<unknown> {
  const response = await callApi(site, method, params);
  const text = await response.text();
  assertEquals(response.status, 200, text);
  assertEquals(response.headers.get("content-type"), "application/json");
  assertEquals(response.headers.get("cache-control"), "no-store");
  return JSON.parse(text);
}

/** The result of a call that succeeds, and nothing else. */
export async function resultOf(
  site: Site,
  method: string,
  params: unknown = {},
): Promise<Record<string, unknown>> {
  const { result, ...others } = await replyOf(site, method, params) as {
    readonly result: Record<string, unknown>;
  };
  assertEquals(others, {});
  return result;
}

/** The code of the error that a call is answered with. */
export async function errorOf(site: Site, method: string, params: unknown = {}): Promise<number> {
  const { error, ...others } = await replyOf(site, method, params) as {
    readonly error: { readonly code: number; readonly message: string };
  };
  assertEquals([Object.keys(error), others], [["code", "message"], {}]);
  return error.code;
}

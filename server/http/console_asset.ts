import { eTag } from "@std/http/etag";
import type { ConsoleAsset } from "../console/mod.ts";
import { notModified } from "./entity_tag.ts";
import { CONSOLE_HEADERS } from "./security_headers.ts";

/** Of each asset once it has been asked for: they never change. */
const TAGS = new WeakMap<ConsoleAsset, string | undefined>();

/** One file of the console, or 304 for a browser that has it. */
export async function consoleAsset(request: Request, asset: ConsoleAsset): Promise<Response> {
  const { contentType, body } = asset;
  const etag = TAGS.get(asset) ?? await eTag(body);
  TAGS.set(asset, etag);
  const headers = new Headers({ ...CONSOLE_HEADERS, "cache-control": "no-cache" });
  const unchanged = notModified(request, headers, etag);
  if (unchanged !== undefined) return unchanged;
  headers.set("content-type", contentType);
  return new Response(body, { headers });
}

import type { Publication } from "../publication.ts";
import { encodeBase64 } from "@std/encoding/base64";
import { messageJson } from "./centrifuge_json.ts";
import { wireClientInfo } from "./wire_publication.ts";

/**
 * A publication as one JSON object. JSON stands in it as it came, text as a string, and bytes as
 * `b64data`; nothing is parsed and written again, so no number loses a digit. Who published it and
 * its tags are there if there are any.
 */
export function publicationJson({ offset, time, payload, info, tags }: Publication): string {
  const publisher = info === undefined ? "" : `"info":${messageJson(wireClientInfo(info), true)},`;
  const about = tags === undefined ? publisher : `${publisher}"tags":${JSON.stringify(tags)},`;
  const head = `{"offset":${offset},"time":${time},${about}`;
  switch (payload.kind) {
    case "json":
      return `${head}"data":${payload.text}}`;
    case "text":
      return `${head}"data":${JSON.stringify(payload.text)}}`;
    case "binary":
      return `${head}"b64data":"${encodeBase64(payload.bytes)}"}`;
  }
}

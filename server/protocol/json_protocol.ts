import type { Publication } from "../publication.ts";
import { encodeBase64 } from "@std/encoding/base64";

/**
 * A publication as one JSON object. JSON stands in it as it came, text as a string, and bytes as
 * `b64data`; nothing is parsed and written again, so no number loses a digit.
 */
export function publicationJson({ offset, time, payload }: Publication): string {
  const head = `{"offset":${offset},"time":${time},`;
  switch (payload.kind) {
    case "json":
      return `${head}"data":${payload.text}}`;
    case "text":
      return `${head}"data":${JSON.stringify(payload.text)}}`;
    case "binary":
      return `${head}"b64data":"${encodeBase64(payload.bytes)}"}`;
  }
}

import type { ChannelOptions } from "../config/mod.ts";
import type { Payload } from "../publication.ts";

/** Whether clients may publish such data; whoever has the API key may publish any. */
export function isOfFormat(data: Payload, { publicationDataFormat }: ChannelOptions): boolean {
  switch (publicationDataFormat) {
    case "":
      return data.kind === "binary" ? data.bytes.byteLength > 0 : data.text !== "";
    case "binary":
      return true;
    case "json":
      return data.kind === "json";
    case "json_object":
      return data.kind === "json" && data.text.trimStart().startsWith("{");
  }
}

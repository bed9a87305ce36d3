import { isChannelName } from "../publication.ts";
import type { ReadValue } from "./usage/given_values.ts";

/** Where a server listens unless it is told otherwise. */
export const DEFAULT_URL = "http://127.0.0.1:8000";

/** The address of a server. */
export const ADDRESS = {
  parse(text: string): ReadValue<string> {
    const isUrl = URL.canParse(text) && /^(http|ws)s?:$/.test(new URL(text).protocol);
    if (isUrl) return { kind: "value", value: text };
    return { kind: "refused", rule: "an address such as http://127.0.0.1:8000" };
  },
};

/** The name of a channel. */
export const CHANNEL = {
  parse(text: string): ReadValue<string> {
    if (isChannelName(text)) return { kind: "value", value: text };
    return { kind: "refused", rule: "1 to 255 printable ASCII characters without spaces" };
  },
};

/** An address of the server for requests, whichever scheme it was given with. */
export function requestUrl(url: string, path: string): URL {
  const address = new URL(path, url);
  address.protocol = address.protocol.replace(/^ws/, "http");
  return address;
}

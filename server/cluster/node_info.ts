import { COUNT, isObject, parseJson, readFields, TEXT } from "../protocol/mod.ts";

/** What a node says of itself, with the names of the server API's `info`. */
export interface NodeInfo {
  readonly uid: string;
  readonly name: string;
  readonly version: string;
  /** Connections of every protocol. */
  readonly num_clients: number;
  readonly num_users: number;
  readonly num_subs: number;
  readonly num_channels: number;
  /** Seconds. */
  readonly uptime: number;
}

const FIELDS = {
  ...{ uid: TEXT, name: TEXT, version: TEXT, uptime: COUNT },
  ...{ num_clients: COUNT, num_users: COUNT, num_subs: COUNT, num_channels: COUNT },
};

/** What a node said of itself; undefined if it is not that. */
export function decodeNodeInfo(text: string): NodeInfo | undefined {
  const value = parseJson(text);
  const read = isObject(value) ? readFields(value, FIELDS, text) : undefined;
  const isWhole = read !== undefined && Object.keys(FIELDS).every((name) => name in read);
  // The table reads what the type names.
  return isWhole ? read as unknown as NodeInfo : undefined;
}

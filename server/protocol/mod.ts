/** What publications look like on the wire. @module */
export * from "./fossil_delta.ts";
export * from "./json_protocol.ts";
export * from "./plain_protocol.ts";
export * from "./protocol.ts";
export * from "./sse_protocol.ts";
export * from "./wire_publication.ts";

/** What publications look like on the wire. @module */
export * from "./plain_protocol.ts";
export * from "./protocol.ts";

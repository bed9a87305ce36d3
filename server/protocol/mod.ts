/** What publications and messages look like on the wire. @module */
export * from "./centrifuge_codec.ts";
export * from "./centrifuge_commands.ts";
export * from "./centrifuge_errors.ts";
export * from "./centrifuge_json.ts";
export * from "./centrifuge_protobuf.ts";
export * from "./centrifuge_replies.ts";
export * from "./fossil_delta.ts";
export * from "./json_fields.ts";
export * from "./json_protocol.ts";
export * from "./payload_bytes.ts";
export * from "./plain_protocol.ts";
export * from "./protocol.ts";
export * from "./raw_json.ts";
export * from "./sse_protocol.ts";
export * from "./wire_publication.ts";

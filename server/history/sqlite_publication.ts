import type { Publication } from "../publication.ts";
import type { StoredKind } from "./sqlite_payload.ts";
import { decodePayload } from "./sqlite_payload.ts";

/** What is said about a publication besides its payload. */
type About = Pick<Publication, "info" | "tags">;

/**
 * It as a column's value, undefined where there is nothing. JSON, in which every string comes back
 * as it was, also one that the runtime's binding would cut at a NUL.
 */
export function encodeAbout({ info, tags }: About): string | undefined {
  if (info === undefined && tags === undefined) return undefined;
  return JSON.stringify({ info, tags });
}

/** The columns that a publication is read from; their values come in this order. */
export const PUBLICATION_COLUMNS = "offset, time, kind, payload, about";

/** The values in a row of these columns, as encodePayload and encodeAbout have written them. */
export type PublicationRow = readonly [
  offset: number,
  time: number,
  kind: StoredKind,
  payload: string | Uint8Array<ArrayBuffer>,
  about: string | null,
];

/** The publication in such a row. */
export function toPublication([offset, time, kind, value, about]: PublicationRow): Publication {
  const publication = { offset, time, payload: decodePayload(kind, value) };
  return about === null ? publication : { ...publication, ...JSON.parse(about) as About };
}

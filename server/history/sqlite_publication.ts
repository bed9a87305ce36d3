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

/** The publication in a row that holds its columns. */
export function toPublication(stored: Readonly<Record<string, unknown>>): Publication {
  // The columns are written by encodePayload and encodeAbout alone.
  const kind = Number(stored["kind"]) as StoredKind;
  const value = stored["payload"] as string | Uint8Array<ArrayBuffer>;
  const about = stored["about"] as string | null;
  const [offset, time] = [Number(stored["offset"]), Number(stored["time"])];
  const publication = { offset, time, payload: decodePayload(kind, value) };
  return about === null ? publication : { ...publication, ...JSON.parse(about) as About };
}

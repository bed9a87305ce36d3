import { createHash } from "node:crypto";

/** A program that Redis runs in one step; known to it by its digest. */
export class RedisScript {
  readonly source: string;
  readonly sha1: string;

  constructor(source: string) {
    this.source = source;
    this.sha1 = createHash("sha1").update(source).digest("hex");
  }
}

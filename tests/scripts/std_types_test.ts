/**
 * The declarations in scripts/std.d.ts must win over the untyped mirror. Were they not applied, the
 * misuses below would be no errors, and `deno check` would call each directive unused.
 */
import { assertEquals, assertExists } from "@std/assert";
import { delay } from "@std/async";
import { parseArgs } from "@std/cli/parse-args";
import { format } from "@std/fmt/bytes";
import { eTag } from "@std/http/etag";
import { accepts } from "@std/http/negotiation";
import { STATUS_CODE } from "@std/http/status";
import { contentType } from "@std/media-types/content-type";

/** Never called: only its types matter. */
export function misuses(): void {
  // @ts-expect-error two types
  assertEquals(1, "1");
  // @ts-expect-error not a number
  delay("1");
  // @ts-expect-error a string option
  parseArgs([], { string: ["port"] }).port satisfies number;
  // @ts-expect-error not a number
  format("1");
  // @ts-expect-error a promise
  eTag("a") satisfies string;
  // @ts-expect-error not a request
  accepts("text/html");
  // @ts-expect-error no such status
  STATUS_CODE.Nope;
  // @ts-expect-error may be unknown
  contentType("x") satisfies string;
}

Deno.test("@std/cli types parseArgs by its options", () => {
  const args = parseArgs(["--port=1", "--tag=a", "--help", "rest"], {
    string: ["port", "tag"],
    boolean: ["help"],
    collect: ["tag"],
  });
  const port: string | undefined = args.port;
  const tags: string[] = args.tag;
  const isHelp: boolean = args.help;
  assertEquals([port, tags, isHelp, args._], ["1", ["a"], true, ["rest"]]);
});

Deno.test("@std/assert narrows what it has asserted", () => {
  const found: string | undefined = contentType("html");
  assertExists(found);
  assertEquals(found.length, "text/html; charset=UTF-8".length);
});

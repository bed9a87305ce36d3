import { assertEquals } from "@std/assert";
import { rawPath } from "../../../server/http/path.ts";

const PATHS: Readonly<Record<string, string>> = {
  "http://host": "/",
  "http://host/": "/",
  "http://host?x=1": "/",
  "http://host#x": "/",
  "http://host/a/b": "/a/b",
  "http://host:8000/a?b/c": "/a",
  "http://host/a#b/c": "/a",
  "https://[::1]:8000/a": "/a",
  "HTTP://host/a": "/a",
  "http://host/channels/..": "/channels/..",
  "http://host/channels/%2e%2E": "/channels/%2e%2E",
  "http://host/a/./b/../c": "/a/./b/../c",
  "http://host//a": "//a",
  "http://host/a%2Fb%3Fc": "/a%2Fb%3Fc",
  "http://user:password@host/a": "/a",
};

for (const [url, path] of Object.entries(PATHS)) {
  Deno.test(`rawPath of ${url} is ${path}`, () => {
    assertEquals(rawPath(url), path);
  });
}

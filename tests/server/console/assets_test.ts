import { assert, assertEquals } from "@std/assert";
import { CONSOLE_ASSETS } from "../../../server/console/mod.ts";

const PAGE = CONSOLE_ASSETS.find(({ path }) => path === "/console")?.body ?? "";
const PATHS = CONSOLE_ASSETS.map(({ path }) => path);

Deno.test("CONSOLE_ASSETS has a page at /console and each asset once", () => {
  assert(/^<!doctype html>/i.test(PAGE));
  assertEquals(new Set(PATHS).size, PATHS.length);
});

Deno.test("CONSOLE_ASSETS holds everything that its page and its scripts ask for", () => {
  const references = [...PAGE.matchAll(/(?:src|href)="(\/[^"#]*)"/g)].map(([, path = ""]) => path);
  assert(references.length >= 2, `${references}`);
  for (const reference of references) assert(PATHS.includes(reference), reference);
  for (const { path, body } of CONSOLE_ASSETS.filter(({ path }) => path.endsWith(".js"))) {
    for (const [, imported = ""] of body.matchAll(/from "(\.[^"]+)"/g)) {
      const target = new URL(imported, `http://host${path}`).pathname;
      assert(PATHS.includes(target), `${path} imports ${imported}`);
    }
  }
});

Deno.test("CONSOLE_ASSETS needs nothing that the content security policy forbids", () => {
  assertEquals(/<script(?![^>]*\bsrc=)/i.test(PAGE), false);
  assertEquals(/<style|\sstyle="|\son\w+="|javascript:/i.test(PAGE), false);
  assertEquals(/(src|href)="(https?:)?\/\//i.test(PAGE), false);
});

Deno.test("CONSOLE_ASSETS shows payloads as text, never as markup", () => {
  for (const { path, body } of CONSOLE_ASSETS.filter(({ path }) => path.endsWith(".js"))) {
    assertEquals(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/.test(body),
      false,
      path,
    );
  }
});

Deno.test("CONSOLE_ASSETS says the type of each asset", () => {
  for (const { path, contentType } of CONSOLE_ASSETS) {
    const type = path.endsWith(".js")
      ? "text/javascript"
      : path.endsWith(".css")
      ? "text/css"
      : "text/html";
    assertEquals(contentType, `${type}; charset=utf-8`);
  }
});

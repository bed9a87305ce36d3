import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { StaticFiles } from "../../../server/http/mod.ts";

/** Serves a folder with one file. */
async function withFile(
  text: string,
  prove: (
    serve: (init?: RequestInit) => Promise<Response | undefined>,
    path: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "midgard_" });
  const path = `${folder}/a.txt`;
  await Deno.writeTextFile(path, text);
  const files = await StaticFiles.open(folder);
  const serve = (init?: RequestInit) => files.serve(new Request("http://host/", init), "/a.txt");
  await prove(serve, path);
  await Deno.remove(folder, { recursive: true });
}

/** The tag that a request got. */
async function tagOf(response: Response | undefined): Promise<string> {
  await response?.body?.cancel();
  return response?.headers.get("etag") ?? "";
}

Deno.test("StaticFiles answers 304 without a body to who has the file", () =>
  withFile("hello", async (serve) => {
    const etag = await tagOf(await serve());
    const response = await serve({ headers: { "if-none-match": etag } });
    assertEquals([response?.status, response?.body], [304, null]);
    assertEquals(response?.headers.get("etag"), etag);
  }));

Deno.test("StaticFiles sends the file to who has another one", () =>
  withFile("hello", async (serve) => {
    const response = await serve({ headers: { "if-none-match": 'W/"other"' } });
    assertEquals(await response?.text(), "hello");
  }));

Deno.test("StaticFiles gives a file that has changed another tag", () =>
  withFile("hello", async (serve, path) => {
    const before = await tagOf(await serve());
    await Deno.writeTextFile(path, "hello again");
    assertNotEquals(await tagOf(await serve()), before);
    await Deno.writeTextFile(path, "again hello");
    await Deno.utime(path, 1_000_000_000, 1_000_000_000);
    assertNotEquals(await tagOf(await serve()), before);
  }));

Deno.test("StaticFiles answers HEAD with the headers alone", () =>
  withFile("hello", async (serve) => {
    const response = await serve({ method: "HEAD" });
    assertEquals([response?.status, response?.body], [200, null]);
    assertEquals(response?.headers.get("content-length"), "5");
  }));

Deno.test("StaticFiles serves an empty file and a large one", () =>
  withFile("", async (serve, path) => {
    assertEquals(await (await serve())?.text(), "");
    await Deno.writeTextFile(path, "x".repeat(3_000_000));
    assertEquals((await (await serve())?.text())?.length, 3_000_000);
  }));

/** Files that are left open are found by the runtime, which looks at this test alone. */
const LEAKS = { sanitizeResources: true, sanitizeOps: true };

Deno.test(
  "StaticFiles.open leaves nothing open",
  LEAKS,
  () => withFile("x", async () => {}),
);

Deno.test(
  "StaticFiles lets go of a file that a client does not read to its end",
  LEAKS,
  () =>
    withFile("x".repeat(3_000_000), async (serve) => {
      const response = await serve();
      const reader = response?.body?.getReader();
      await reader?.read();
      await reader?.cancel();
    }),
);

Deno.test(
  "StaticFiles lets go of a file of which it sends nothing",
  LEAKS,
  () =>
    withFile("hello", async (serve) => {
      await serve({ method: "HEAD" });
      await serve({ headers: { "if-none-match": await tagOf(await serve()) } });
    }),
);

Deno.test("StaticFiles.open refuses a folder that does not exist", async () => {
  await assertRejects(() => StaticFiles.open("/no/such/folder"), Deno.errors.NotFound);
});

Deno.test("StaticFiles.open refuses a file", () =>
  withFile("x", async (_serve, path) => {
    const error = await assertRejects(() => StaticFiles.open(path));
    assert(error instanceof Error);
  }));

Deno.test("StaticFiles sends nobody to another host", async () => {
  const folder = await Deno.makeTempDir({ prefix: "midgard_" });
  await Deno.mkdir(`${folder}/evil.com`);
  const files = await StaticFiles.open(folder);
  const response = await files.serve(new Request("http://host//evil.com"), "//evil.com");
  const location = new URL(response?.headers.get("location") ?? "/", "http://host/");
  assertEquals(location.host, "host");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("StaticFiles keeps the query when it sends to a folder", async () => {
  const folder = await Deno.makeTempDir({ prefix: "midgard_" });
  await Deno.mkdir(`${folder}/b`);
  const files = await StaticFiles.open(folder);
  const response = await files.serve(new Request("http://host/b?x=1"), "/b");
  assertEquals(response?.headers.get("location"), "/b/?x=1");
  await Deno.remove(folder, { recursive: true });
});

import { assert, assertEquals } from "@std/assert";
import { StaticFiles } from "../../../server/http/mod.ts";

/** A folder to serve, with a secret beside it. */
class Folder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(files: Readonly<Record<string, string>>): Promise<Folder> {
    const folder = new Folder(await Deno.realPath(await Deno.makeTempDir({ prefix: "midgard_" })));
    await folder.write("secret.txt", "secret");
    for (const [name, text] of Object.entries(files)) await folder.write(`public/${name}`, text);
    return folder;
  }

  async write(name: string, text: string): Promise<void> {
    const path = `${this.path}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text);
  }

  async serve(pathname: string, init: RequestInit = {}): Promise<Response | undefined> {
    const files = await StaticFiles.open(`${this.path}/public`);
    return await files.serve(new Request("http://host/", init), pathname);
  }

  /** The text at a path; undefined if there is nothing. */
  async text(pathname: string): Promise<string | undefined> {
    return await (await this.serve(pathname))?.text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

Deno.test("StaticFiles serves a file with its length, type and tag", async () => {
  await using folder = await Folder.make({ "a.txt": "hello" });
  const response = await folder.serve("/a.txt");
  assertEquals(response?.status, 200);
  assertEquals(await response?.text(), "hello");
  assertEquals(response?.headers.get("content-length"), "5");
  assertEquals(response?.headers.get("content-type")?.toLowerCase(), "text/plain; charset=utf-8");
  assertEquals(response?.headers.get("cache-control"), "no-cache");
  assertEquals(response?.headers.get("x-frame-options"), "SAMEORIGIN");
  assert((response?.headers.get("etag") ?? "").length > 4);
});

const TYPES: Readonly<Record<string, string>> = {
  "a.html": "text/html; charset=utf-8",
  "a.js": "text/javascript; charset=utf-8",
  "a.css": "text/css; charset=utf-8",
  "a.json": "application/json; charset=utf-8",
  "a.svg": "image/svg+xml",
  "a.png": "image/png",
  "a.wasm": "application/wasm",
  "a.unheard-of": "application/octet-stream",
  "README": "application/octet-stream",
};

for (const [name, type] of Object.entries(TYPES)) {
  Deno.test(`StaticFiles serves ${name} as ${type}`, async () => {
    await using folder = await Folder.make({ [name]: "x" });
    const response = await folder.serve(`/${name}`);
    const served = response?.headers.get("content-type")?.toLowerCase() ?? "";
    assertEquals(served.replace(/^application\/javascript/, "text/javascript"), type);
    await response?.body?.cancel();
  });
}

Deno.test("StaticFiles serves files in folders, and a folder's index", async () => {
  await using folder = await Folder.make({
    "index.html": "root",
    "b/index.html": "index",
    "b/c/d.txt": "deep",
  });
  assertEquals(await folder.text("/"), "root");
  assertEquals(await folder.text("/b/"), "index");
  assertEquals(await folder.text("/b/c/d.txt"), "deep");
});

Deno.test("StaticFiles sends a folder without its slash there", async () => {
  await using folder = await Folder.make({ "b/index.html": "index" });
  const response = await folder.serve("/b");
  assertEquals([response?.status, response?.headers.get("location")], [301, "/b/"]);
});

Deno.test("StaticFiles serves no index that is not a file", async () => {
  await using folder = await Folder.make({ "b/index.html/c.txt": "x" });
  assertEquals(await folder.serve("/b/"), undefined);
});

Deno.test("StaticFiles serves no name with a backslash, which is a way out elsewhere", async () => {
  await using folder = await Folder.make({ "a\\b.txt": "x" });
  assertEquals(await folder.serve("/a%5Cb.txt"), undefined);
  assertEquals(await folder.serve("/a\\b.txt"), undefined);
});

Deno.test("StaticFiles lists no folder", async () => {
  await using folder = await Folder.make({ "b/c.txt": "x" });
  assertEquals(await folder.serve("/b/"), undefined);
});

Deno.test("StaticFiles serves names with spaces, percents and other alphabets", async () => {
  await using folder = await Folder.make({
    "a b.txt": "space",
    "100%.txt": "percent",
    "žluť.txt": "kůň",
    "a+b.txt": "plus",
    "q?.txt": "question",
    "a..b.txt": "dots",
  });
  assertEquals(await folder.text("/a%20b.txt"), "space");
  assertEquals(await folder.text("/100%25.txt"), "percent");
  assertEquals(await folder.text("/%C5%BElu%C5%A5.txt"), "kůň");
  assertEquals(await folder.text("/a+b.txt"), "plus");
  assertEquals(await folder.text("/q%3F.txt"), "question");
  assertEquals(await folder.text("/a..b.txt"), "dots");
});

const NOTHING = [
  "/missing.txt",
  "/a.txt/",
  "/a.txt/b",
  "/%",
  "/%zz",
  "/%C5",
  "/a.txt%00",
  "/a.txt\0.html",
  `/${"x".repeat(5_000)}`,
];

for (const path of NOTHING) {
  Deno.test(`StaticFiles has nothing at ${JSON.stringify(path.slice(0, 30))}`, async () => {
    await using folder = await Folder.make({ "a.txt": "x" });
    assertEquals(await folder.serve(path), undefined);
  });
}

const WAYS_OUT = [
  "/../secret.txt",
  "/b/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/%2E%2E%2Fsecret.txt",
  "/..%2fsecret.txt",
  "/b/%2e%2e/%2e%2e/secret.txt",
  "/..\\secret.txt",
  "/..%5csecret.txt",
  "//../secret.txt",
  "/./../secret.txt",
  "/%252e%252e/secret.txt",
  "/b/..%2f..%2fsecret.txt",
];

for (const path of WAYS_OUT) {
  Deno.test(`StaticFiles does not leave its folder by ${path}`, async () => {
    await using folder = await Folder.make({ "b/a.txt": "x" });
    assertEquals(await folder.serve(path), undefined);
  });
}

Deno.test("StaticFiles does not take another folder that begins alike for its own", async () => {
  await using folder = await Folder.make({ "a.txt": "x" });
  await folder.write("public-not/a.txt", "private");
  await Deno.symlink(`${folder.path}/public-not`, `${folder.path}/public/link`);
  assertEquals(await folder.serve("/link/a.txt"), undefined);
});

Deno.test("StaticFiles follows no link out of its folder, to a file or to a folder", async () => {
  await using folder = await Folder.make({ "a.txt": "x" });
  await Deno.symlink(`${folder.path}/secret.txt`, `${folder.path}/public/file.txt`);
  await Deno.symlink(folder.path, `${folder.path}/public/folder`);
  assertEquals(await folder.serve("/file.txt"), undefined);
  assertEquals(await folder.serve("/folder/secret.txt"), undefined);
});

Deno.test("StaticFiles follows a link within its folder", async () => {
  await using folder = await Folder.make({ "a.txt": "linked" });
  await Deno.symlink(`${folder.path}/public/a.txt`, `${folder.path}/public/b.txt`);
  assertEquals(await folder.text("/b.txt"), "linked");
});

Deno.test("StaticFiles serves a folder that is itself a link", async () => {
  await using folder = await Folder.make({ "a.txt": "linked" });
  await Deno.symlink(`${folder.path}/public`, `${folder.path}/link`);
  const files = await StaticFiles.open(`${folder.path}/link`);
  const response = await files.serve(new Request("http://host/"), "/a.txt");
  assertEquals(await response?.text(), "linked");
});

for (const path of ["/.env", "/.git/config", "/b/.hidden", "/%2eenv"]) {
  Deno.test(`StaticFiles serves nothing that begins with a dot: ${path}`, async () => {
    await using folder = await Folder.make({ ".env": "x", ".git/config": "x", "b/.hidden": "x" });
    assertEquals(await folder.serve(path), undefined);
  });
}

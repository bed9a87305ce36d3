import { eTag } from "@std/http/etag";
import { notModified } from "./entity_tag.ts";
import { FILE_HEADERS } from "./security_headers.ts";

const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

/**
 * Files of one folder. Links that lead out of it are not followed, and neither files nor folders
 * that begin with a dot are served.
 */
export class StaticFiles {
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
  }

  /** @throws {Deno.errors.NotFound | Deno.errors.NotADirectory | Deno.errors.PermissionDenied} */
  static async open(folder: string): Promise<StaticFiles> {
    const root = await Deno.realPath(folder);
    // Whether it is a folder that may be listed shows only when it is.
    for (const _entry of Deno.readDirSync(root)) break;
    return new StaticFiles(root);
  }

  /** Whether a file could be asked for, be it there yet or not. */
  async holds(path: string): Promise<boolean> {
    const real = await expectedPath(path);
    if (!real.startsWith(`${this.#root}${SEPARATOR}`)) return false;
    const below = real.slice(this.#root.length).split(SEPARATOR);
    return !below.some((name) => name.startsWith("."));
  }

  /** The file that `pathname` names, or undefined if there is none. */
  async serve(request: Request, pathname: string): Promise<Response | undefined> {
    const path = await this.#resolve(pathname);
    if (path === undefined) return undefined;
    using file = new Handle(await openFile(path));
    if (file.fs === undefined) return undefined;
    const info = await file.fs.stat();
    if (info.isDirectory && !pathname.endsWith("/")) {
      // Two slashes at the beginning would name another host.
      const location = `${pathname.replace(/^\/+/, "/")}/${new URL(request.url).search}`;
      return new Response(null, { status: 301, headers: { ...FILE_HEADERS, location } });
    }
    if (!info.isFile) return undefined;
    const etag = await eTag(info);
    const headers = new Headers({ ...FILE_HEADERS, "cache-control": "no-cache" });
    const unchanged = notModified(request, headers, etag);
    if (unchanged !== undefined) return unchanged;
    // Loaded when the first file is served: its table would be half of what a start has to read.
    const { contentType } = await import("@std/media-types/content-type");
    headers.set("content-type", contentType(extension(path)) ?? "application/octet-stream");
    headers.set("content-length", String(info.size));
    return new Response(request.method === "HEAD" ? null : file.take()?.readable, { headers });
  }

  async #resolve(pathname: string): Promise<string | undefined> {
    const decoded = decode(pathname);
    if (decoded === undefined || /[\0\\]|\/\./.test(decoded)) return undefined;
    const path = `${this.#root}${decoded.endsWith("/") ? `${decoded}index.html` : decoded}`;
    try {
      const real = await Deno.realPath(path);
      return real.startsWith(`${this.#root}${SEPARATOR}`) ? real : undefined;
    } catch {
      return undefined;
    }
  }
}

/** Where a file is, or will be once it has been made. */
async function expectedPath(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch {
    const [, folder = "", name = ""] = /^(.*[/\\])?([^/\\]*)$/.exec(path) ?? [];
    const parent = await Deno.realPath(folder || ".").catch(() => "");
    return `${parent}${SEPARATOR}${name}`;
  }
}

/** Closes a file unless somebody else has taken it over. */
class Handle {
  fs: Deno.FsFile | undefined;

  constructor(fs: Deno.FsFile | undefined) {
    this.fs = fs;
  }

  take(): Deno.FsFile | undefined {
    const fs = this.fs;
    this.fs = undefined;
    return fs;
  }

  [Symbol.dispose](): void {
    this.fs?.close();
  }
}

/**
 * A file that went away or may not be read is not there, as far as a client is concerned. Opening
 * a pipe would wait for its other end.
 */
async function openFile(path: string): Promise<Deno.FsFile | undefined> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (!isFile && !isDirectory) return undefined;
    return await Deno.open(path);
  } catch {
    return undefined;
  }
}

function decode(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
}

function extension(path: string): string {
  return /\.[^./]+$/.exec(path)?.[0] ?? "";
}

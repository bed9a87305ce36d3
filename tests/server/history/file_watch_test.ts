import { assert, assertEquals, assertRejects } from "@std/assert";
import { FileWatch } from "../../../server/history/file_watch.ts";
import type { Appended } from "../../../server/history/mod.ts";
import { waitFor } from "../../helpers/wait.ts";
import { draft, read, START_MS, texts } from "./contract/requirement.ts";
import { pathOf, SQLITE } from "./sqlite_folder.ts";

const KEEPS = { retention: () => ({ size: 1_000, ttlMs: 3_600_000 }), now: () => START_MS };

/** A file `x.db` with a log beside it, in a folder that is removed. */
class Scene implements Disposable {
  readonly folder: string = Deno.makeTempDirSync({ prefix: "midgard_" });
  readonly path = `${this.folder}/x.db`;
  now = 1_000;
  readonly watch: FileWatch;

  constructor() {
    for (const name of [this.path, `${this.path}-wal`]) Deno.writeTextFileSync(name, "");
    this.watch = new FileWatch(this.path, () => this.now);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("FileWatch names what was removed, the file or the log beside it", () => {
  for (const end of ["", "-wal"]) {
    using scene = new Scene();
    assertEquals(scene.watch.look(), undefined);
    Deno.removeSync(scene.path + end);
    assert(scene.watch.look()?.startsWith(`${scene.path}${end} was removed or replaced`));
  }
});

Deno.test("FileWatch sees another file under the name, and the old one come back", () => {
  using scene = new Scene();
  Deno.renameSync(scene.path, `${scene.folder}/away.db`);
  Deno.writeTextFileSync(scene.path, "");
  assert(scene.watch.look() !== undefined);
  Deno.renameSync(`${scene.folder}/away.db`, scene.path);
  assertEquals(scene.watch.look(), undefined);
});

Deno.test("FileWatch.trouble looks again when 100 ms have passed", () => {
  using scene = new Scene();
  Deno.removeSync(scene.path);
  scene.now += 99;
  assertEquals(scene.watch.trouble, undefined);
  scene.now += 1;
  assert(scene.watch.trouble !== undefined);
});

Deno.test("SqliteLog rejects its close when the next start would not find its file", async () => {
  const log = await SQLITE.open(KEEPS);
  await log.append([draft("a", 1)]);
  Deno.removeSync(pathOf(log));
  await assertRejects(() => log.close(), Error, "was removed or replaced");
  await SQLITE.remove(log);
});

Deno.test("SqliteLog stores nothing while its file is away, and goes on when it is back", async () => {
  const log = await SQLITE.open(KEEPS);
  const away = `${pathOf(log)}.away`;
  const stored: string[] = [];
  const appendUntil = (kind: Appended["kind"]) =>
    waitFor(async () => {
      const text = crypto.randomUUID();
      const [outcome] = await log.append([draft("a", text)]);
      if (outcome?.kind === "stored") stored.push(text);
      return outcome?.kind === kind;
    }, { what: `a draft that is ${kind}` });
  await appendUntil("stored");
  Deno.renameSync(pathOf(log), away);
  await appendUntil("failed");
  Deno.renameSync(away, pathOf(log));
  await appendUntil("stored");
  assertEquals(texts(await read(log, "a")), stored);
  await log.close();
  await SQLITE.remove(log);
});

import { assertEquals } from "@std/assert";
import { listFiles, sha256 } from "../../scripts/files.ts";

Deno.test("listFiles gives files and the files of folders, sorted, and skips what is missing", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/b/c`, { recursive: true });
  for (const name of ["z", "b/y", "b/c/x"]) await Deno.writeTextFile(`${folder}/${name}`, "");
  const found = await listFiles([`${folder}/z`, `${folder}/b`, `${folder}/missing`]);
  await Deno.remove(folder, { recursive: true });
  assertEquals(found, ["b/c/x", "b/y", "z"].map((name) => `${folder}/${name}`));
});

Deno.test("sha256 is the hash sha256sum prints", async () => {
  assertEquals(
    await sha256(new TextEncoder().encode("abc")),
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

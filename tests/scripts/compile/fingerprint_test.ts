import { assertEquals, assertNotEquals } from "@std/assert";
import { fingerprint } from "../../../scripts/compile/fingerprint.ts";

Deno.test("fingerprint changes with every content, name and fact, and with nothing else", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/a`, "1");
  const first = await fingerprint([folder], ["2.9.6"]);
  const seen = [first];

  await Deno.utime(`${folder}/a`, 1, 1);
  assertEquals(await fingerprint([folder], ["2.9.6"]), first);

  seen.push(await fingerprint([folder], ["2.9.7"]));
  await Deno.writeTextFile(`${folder}/a`, "2");
  seen.push(await fingerprint([folder], ["2.9.6"]));
  await Deno.rename(`${folder}/a`, `${folder}/b`);
  seen.push(await fingerprint([folder], ["2.9.6"]));
  await Deno.remove(folder, { recursive: true });
  assertNotEquals(seen[0], seen[1]);
  assertEquals(new Set(seen).size, 4);
});

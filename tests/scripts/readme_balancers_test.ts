import { assert } from "@std/assert";
import { ROOT } from "../helpers/midgard.ts";

for (const path of ["scripts/nginx/midgard.conf", "scripts/haproxy/midgard.cfg"]) {
  Deno.test(`README shows ${path} as the tests run it`, async () => {
    const readme = await Deno.readTextFile(`${ROOT}README.md`);
    assert(readme.includes(`\n${await Deno.readTextFile(`${ROOT}${path}`)}\`\`\``), path);
  });
}

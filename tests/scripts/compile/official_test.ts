import { assertEquals } from "@std/assert";
import { downloadAddress } from "../../../scripts/compile/official.ts";

Deno.test("downloadAddress waits for the whole line that names the address", () => {
  const address = "https://example.org/denort.zip";
  assertEquals(downloadAddress(`Check main.ts\nDownload ${address}`), undefined);
  assertEquals(downloadAddress(`Check main.ts\nDownload ${address}\nerror: x\n`), address);
  assertEquals(downloadAddress(`error: Download ${address}\n`), undefined);
});

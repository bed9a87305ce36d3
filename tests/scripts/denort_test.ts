import { assertEquals } from "@std/assert";
import { baseOf } from "../../scripts/denort.ts";

Deno.test("baseOf cuts an ELF file after its section header table", () => {
  const elf = new Uint8Array(300);
  const view = new DataView(elf.buffer);
  view.setBigUint64(0x28, 100n, true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, 2, true);
  elf[227] = 1;
  elf[228] = 2;
  const base = baseOf(elf);
  assertEquals(base.length, 228);
  assertEquals(base.at(-1), 1);
});

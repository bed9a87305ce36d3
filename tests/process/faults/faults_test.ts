/**
 * Faults, made to happen to real servers. The table of them, with what was measured, is printed at
 * the end; the README has the same rows.
 */
import { assertEquals } from "@std/assert";
import { ROOT } from "../../helpers/midgard.ts";
import { addClockFaults } from "./clock_faults.ts";
import { addElsewhere } from "./elsewhere.ts";
import { FaultTable, rowsBelow } from "./fault_table.ts";
import { addLoadFaults } from "./load_faults.ts";
import { addNetworkFaults } from "./network_faults.ts";
import { addPeerFaults } from "./peer_faults.ts";
import { addStallFaults } from "./stall_faults.ts";
import { addStorageFaults } from "./storage_faults.ts";

const table = new FaultTable();
addClockFaults(table);
addLoadFaults(table);
addPeerFaults(table);
addNetworkFaults(table);
addStallFaults(table);
addStorageFaults(table);
addElsewhere(table);

Deno.test.afterAll(() => table.print());

Deno.test("the README has each fault with what becomes of it, and no other", () => {
  const readme = Deno.readTextFileSync(`${ROOT}README.md`);
  const rows = rowsBelow(readme, "Faults it survives");
  const here = table.faults.map(({ name, outcome }) => [name, outcome]);
  const elsewhere = table.elsewhere.map((
    { name, outcome, file },
  ) => [name, outcome, `\`${file}\``]);
  const measured = rows.slice(0, here.length);
  assertEquals(measured.map(([name, outcome]) => [name, outcome]), here);
  assertEquals(measured.filter(([, , cell]) => !/^source: .+; compiled: .+/.test(cell ?? "")), []);
  assertEquals(rows.slice(here.length), elsewhere);
});

Deno.test("each fault that is tested elsewhere has its test", () => {
  const missing = table.elsewhere.filter(({ file, test }) =>
    !Deno.readTextFileSync(`${ROOT}tests/process/${file}`).includes(test)
  );
  assertEquals(missing, []);
});

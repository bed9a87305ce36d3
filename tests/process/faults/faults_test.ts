/**
 * Faults, made to happen to real servers. The table of them, with what was measured, is printed at
 * the end; the README has the same rows.
 */
import { FaultTable } from "./fault_table.ts";
import { addLoadFaults } from "./load_faults.ts";
import { addNetworkFaults } from "./network_faults.ts";
import { addPeerFaults } from "./peer_faults.ts";
import { addStallFaults } from "./stall_faults.ts";

const table = new FaultTable();
addLoadFaults(table);
addPeerFaults(table);
addNetworkFaults(table);
addStallFaults(table);

Deno.test.afterAll(() => table.print());

/**
 * Faults, made to happen to real servers. The table of them, with what was measured, is printed at
 * the end; the README has the same rows.
 */
import { addClockFaults } from "./clock_faults.ts";
import { FaultTable } from "./fault_table.ts";
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

Deno.test.afterAll(() => table.print());

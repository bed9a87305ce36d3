/** Faults that other files of tests make happen, so that the table has all of them. */
import type { FaultElsewhere, FaultTable } from "./fault_table.ts";

const ELSEWHERE: readonly FaultElsewhere[] = [
  {
    name: "no file descriptors left",
    outcome: "open clients live on, it is logged, newcomers get in when others leave",
    file: "descriptors_test.ts",
    test: "open clients outlive 300 connections on 64 descriptors",
  },
  {
    name: "the disk is full",
    outcome: "publications are refused with 503, nothing acknowledged is lost, it heals with room",
    file: "durable_disk_full_test.ts",
    test: "a full disk refuses publications, loses none, and heals",
  },
  {
    name: "the disk is full at a start",
    outcome: "one line says so, exit 1, the file is untouched",
    file: "durable_disk_full_test.ts",
    test: "an old history on a full disk is refused as it is, and served later",
  },
  {
    name: "`kill -9` in the middle of publishing, 50 times",
    outcome: "nothing acknowledged is lost, nothing is repeated",
    file: "durable_kill_test.ts",
    test: "kill -9 in 50 rounds loses no publication and repeats none",
  },
  {
    name: "a damaged, truncated, foreign or newer history file",
    outcome: "one line says so, exit 1, the file is untouched",
    file: "durable_faults_test.ts",
    test: "and leaves it as it was",
  },
  {
    name: "the history file is removed between two starts",
    outcome: "a new epoch begins, readers are told `reset`",
    file: "durable_resume_test.ts",
    test: "a history file that was removed begins a new epoch and resets",
  },
  {
    name: "100 signals at once",
    outcome: "one stop, exit 0",
    file: "signals_test.ts",
    test: "a storm of 100 signals is one stop",
  },
  {
    name: "the stop's signal comes under overload",
    outcome: "it is acted on within 250 ms, nothing is lost",
    file: "no_loss_test.ts",
    test: "stop acts within 250 ms and loses nothing under overload",
  },
  {
    name: "a client that is frozen (SIGSTOP) during the stop",
    outcome: "it is waited for `--close-timeout` long and delays nobody else",
    file: "stop_test.ts",
    test: "stop waits for a frozen client no longer than close-timeout",
  },
  {
    name: "a body that never ends",
    outcome: "413 after 5 s, or 408 after 10 s",
    file: "http_large_bodies_test.ts",
    test: "a body that never ends gets 413 after 5 s, or 408 after 10 s",
  },
  {
    name: "a peer that breaks the framing",
    outcome: "it is dropped, and nobody else",
    file: "wire_test.ts",
    test: "a peer that breaks the framing is dropped and nobody else",
  },
  {
    name: "500 official clients, 10 stops and 10 kills",
    outcome: "all come back and recover, nothing lost, nothing repeated",
    file: "centrifuge_restart_test.ts",
    test: "500 official clients resume over 10 stops and 10 kills",
  },
];

/** Registers them. */
export function addElsewhere(table: FaultTable): void {
  for (const fault of ELSEWHERE) table.addElsewhere(fault);
}

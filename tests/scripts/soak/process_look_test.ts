import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type KernelTexts, lookAt, parseLook } from "../../../scripts/soak/process_look.ts";
import { waitFor } from "../../helpers/wait.ts";

const HEAD =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";

/** A row of /proc/net/tcp. */
function row(local: string, remote: string, state: string, inode: number): string {
  return `   0: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 20`;
}

/** A process with a file, a pair of its own, and these sockets. */
function texts(inodes: readonly number[], rows: readonly string[]): KernelTexts {
  const links = ["/dev/null", "socket:[7]", ...inodes.map((inode) => `socket:[${inode}]`)];
  return {
    status: "Name:\tmidgard\nVmRSS:\t    2048 kB\n",
    descriptors: links.map((link, index) => `lr-x 1 me me 64 Nov 24 12:00 ${index} -> ${link}`)
      .join("\n"),
    pairs: "Num       RefCount Protocol Flags    Type St Inode Path\n" +
      "0000000000000000: 00000003 00000000 00000000 0001 03     7",
    sockets: [HEAD, ...rows].join("\n"),
  };
}

const SERVER = "0100007F:1F40";
const CLIENT = "0100007F:D431";

Deno.test("parseLook counts memory, descriptors and files", () => {
  const look = parseLook(texts([1, 2], [
    row(SERVER, "00000000:0000", "0A", 1),
    row(SERVER, CLIENT, "01", 2),
    row(CLIENT, SERVER, "01", 3),
  ]));
  assertEquals(look, { residentBytes: 2_097_152, descriptors: 4, files: 1, orphans: 0 });
});

const ORPHANS: readonly [string, readonly string[]][] = [
  ["whose other end has gone", [row(SERVER, CLIENT, "08", 2)]],
  ["whose other end is nowhere", [row(SERVER, CLIENT, "01", 2)]],
  ["that was reset", []],
];

for (const [name, rows] of ORPHANS) {
  Deno.test(`parseLook finds a socket ${name}`, () => {
    assertEquals(parseLook(texts([2], rows)).orphans, 1);
  });
}

Deno.test("parseLook refuses a process without memory", () => {
  assertThrows(() => parseLook({ ...texts([], []), status: "Name:\tzombie\n" }), Error, "Cannot");
});

Deno.test({
  name: "lookAt finds the socket of a process that keeps it when the other end has gone",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = listener.addr.port;
    const [client, kept] = await Promise.all([
      Deno.connect({ hostname: "127.0.0.1", port }),
      listener.accept(),
    ]);
    using _kept = kept;
    const before = await lookAt(Deno.pid);
    assert(before !== undefined && before.residentBytes > 0);
    client.close();
    const isSeen = async () => (await lookAt(Deno.pid))!.orphans > before.orphans;
    await waitFor(isSeen, { what: "the socket to be an orphan" });
  },
});

Deno.test({
  name: "lookAt refuses a process that is gone",
  ignore: Deno.build.os !== "linux",
  fn: () => assertRejects(() => lookAt(2 ** 30), Error, "it is gone").then(() => {}),
});

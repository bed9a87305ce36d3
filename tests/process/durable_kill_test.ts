/**
 * P3 and P4 from outside: a server that is killed with SIGKILL at a random moment of a heavy load
 * has every publication it acknowledged, at the offset that it told, and every reader that comes
 * back with its last id gets each publication once and in order.
 */
import { assert, assertEquals } from "@std/assert";
import { report } from "../helpers/expectations.ts";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard, type MidgardOptions } from "../helpers/midgard.ts";
import { range, waitFor } from "../helpers/wait.ts";
import { beginCheckpoint, DataFolder } from "./durable_files.ts";
import { assertKept, DurableLoad } from "./durable_load.ts";

const ROUNDS = 50;
/** Publications after which a round's kill comes: at least, and how many more at random. */
const LEAST = 50;
const SPREAD = 900;

/** Kills a server in the middle of its start: it has its port, and is about to open its file. */
async function killWhileStarting(options: MidgardOptions, port: number): Promise<void> {
  await using server = Midgard.spawn(options);
  const connect = () => Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
  const connection = await waitFor(connect, { what: "the port to be bound" });
  const exit = await server.stop("SIGKILL");
  connection.close();
  assertEquals(exit.signal, "SIGKILL");
}

forEachMode("kill -9 in 50 rounds loses no publication and repeats none", async (mode) => {
  await using folder = new DataFolder();
  const port = freePort();
  const load = new DurableLoad();
  const args = ["--port", `${port}`, "--history-size", "10000000"];
  const optionsOf = (round: number) => ({
    mode,
    cwd: folder.path,
    args: round % 5 === 4 ? [...args, "--durability", "disk"] : args,
  });
  for (const round of range(ROUNDS)) {
    if (round % 10 === 9) await killWhileStarting(optionsOf(round), port);
    await using server = await Midgard.start(optionsOf(round));
    await load.begin(port, LEAST + Math.floor(Math.random() * SPREAD));
    assertEquals((await server.stop("SIGKILL")).signal, "SIGKILL");
    await load.ended();
    assertEquals(server.log.lines.map(({ event }) => event), ["ready"], `${server.log}`);
  }
  await using server = await Midgard.start(optionsOf(0));
  const account = await load.settle(port);
  const { acknowledged, lost, repeated, unanswered, unansweredStored } = account;
  report(
    `${mode}: ${ROUNDS} rounds, ${acknowledged} acknowledged, lost ${lost}, repeated ${repeated}; ` +
      `${unanswered} without an answer, ${unansweredStored} of them stored`,
  );
  assertKept(account);
  assert(acknowledged >= ROUNDS * LEAST, "that is no load");
  assert(unanswered > 0, "no kill came between a request and its answer");
  assertEquals((await server.stop()).code, 0);
});

for (const name of ["midgard.db", "link.db"]) {
  forEachMode(
    `kill -9 at the first step of a checkpoint loses nothing of ${name}`,
    async (mode) => {
      await using folder = new DataFolder();
      Deno.symlinkSync(folder.file, `${folder.path}/link.db`);
      const load = new DurableLoad();
      const args = ["--data", name, "--history-size", "10000000"];
      const options = { mode, cwd: folder.path, args };
      {
        await using server = await Midgard.start(options);
        // Few enough for the write-ahead log not to be checkpointed by itself.
        await load.begin(server.port, 100);
        await server.stop("SIGKILL");
        await load.ended();
      }
      const size = Deno.statSync(folder.file).size;
      beginCheckpoint(folder.file);
      assertEquals(Deno.statSync(folder.file).size, size, "the checkpoint went too far");
      await using server = await Midgard.start(options);
      assertKept(await load.settle(server.port));
      assertEquals((await server.stop()).code, 0);
    },
  );
}

import { assert, assertEquals } from "@std/assert";
import { assertProperClose } from "../helpers/expectations.ts";
import { MODES, ROOT } from "../helpers/midgard.ts";
import { CTRL_C, PseudoTerminal } from "../helpers/pseudo_terminal.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { sleep, waitFor } from "../helpers/wait.ts";

/** A way in which people start the server in a terminal. */
interface Start {
  readonly words: readonly string[];
  /** Whether the exit code that the terminal sees is the server's own. */
  readonly hasOwnCode: boolean;
}

const STARTS: Readonly<Record<string, Start>> = {
  "deno task start": { words: [Deno.execPath(), "task", "start"], hasOwnCode: true },
  // npx runs Deno below a Node process that dies of the same Ctrl-C once its child has gone: the
  // server stops in order, and the terminal sees 130 all the same.
  "npx deno task start": {
    words: ["npx", "-y", "deno@2.9.6", "task", "start"],
    hasOwnCode: false,
  },
  "./midgard": { words: ["./midgard"], hasOwnCode: true },
};

/** `deno task` runs in the repository's root, where a file of history would stay behind. */
const OPTIONS = ["--port", "0", "--data", "memory"];

/** Starts the server in a terminal and returns it with its port once it says that it is ready. */
async function openTerminal(
  { words }: Start,
): Promise<{ terminal: PseudoTerminal; port: number }> {
  const env = { NO_COLOR: "1" };
  const terminal = PseudoTerminal.open([...words, ...OPTIONS], { cwd: ROOT, env });
  const [, port] = await terminal.waitFor(/http:\/\/127\.0\.0\.1:(\d+)/, 60_000);
  await terminal.waitFor(/Ctrl-C/);
  return { terminal, port: Number(port) };
}

/** The sentences that say that the server has stopped. */
function stoppedSentences({ output }: PseudoTerminal): string[] {
  return output.split(/\r?\n/).filter((line) => /stopped/i.test(line));
}

for (const [name, start] of Object.entries(STARTS)) {
  Deno.test(`one Ctrl-C in a terminal stops ${name} cleanly`, async () => {
    const { terminal, port } = await openTerminal(start);
    await using owned = terminal;
    using peer = await RawPeer.connect({ port });
    await owned.write(CTRL_C);
    await assertProperClose(peer);
    const { code } = await owned.exit();
    if (start.hasOwnCode) assertEquals(code, 0, owned.output);
    const sentences = stoppedSentences(owned);
    assertEquals(sentences.length, 1, owned.output);
    assert(/SIGINT.*\b1 closed cleanly, 0 terminated/i.test(sentences[0]!), sentences[0]);
  });

  Deno.test(`two Ctrl-C one second apart force ${name}`, async () => {
    const { terminal, port } = await openTerminal(start);
    await using owned = terminal;
    using peer = await RawPeer.connect({ port, closeReply: { kind: "never" } });
    await owned.write(CTRL_C);
    await peer.until(({ closeFrames }) => closeFrames.length === 1, { what: "the Close" });
    // The behaviour is the second that a person lets pass.
    await sleep(1000);
    const pressedAtMs = performance.now();
    await owned.write(CTRL_C);
    const { code, atMs } = await owned.exit();
    assertEquals(code, 130, owned.output);
    assert(atMs - pressedAtMs < 1000, `it took ${atMs - pressedAtMs} ms`);
    assertEquals(stoppedSentences(owned), []);
    await peer.closed;
  });
}

for (const mode of MODES) {
  const start = STARTS[mode === "source" ? "deno task start" : "./midgard"]!;
  Deno.test(`a terminal that goes away stops the server like SIGTERM (${mode})`, async () => {
    const { terminal, port } = await openTerminal(start);
    const peer = await RawPeer.connect({ port });
    using _owned = peer;
    // Disposing hangs up: the terminal is gone, its programs get SIGHUP and cannot write any more.
    await terminal[Symbol.asyncDispose]();
    await assertProperClose(peer);
    const isGone = () => RawPeer.attempt({ port }).then(({ kind }) => kind === "lost");
    await waitFor(isGone, { what: "the process to end" });
  });
}

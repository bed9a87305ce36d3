import { assert, assertEquals, assertRejects } from "@std/assert";
import { CTRL_C, PseudoTerminal } from "./pseudo_terminal.ts";

/** Counts SIGINTs for 300 ms from the first one, and exits with 7. */
const COUNTER = `
let count = 0;
Deno.addSignalListener("SIGINT", () => {
  if (++count === 1) setTimeout(() => { console.log("counted " + count); Deno.exit(7); }, 300);
});
setInterval(() => {}, 1000);
console.log("ready on " + (Deno.stdin.isTerminal() ? "a terminal" : "no terminal"));
`;

/** A folder with a `deno task count` that runs COUNTER. */
async function counterFolder(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/counter.ts`, COUNTER);
  const tasks = { count: "deno run --no-prompt counter.ts" };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ tasks }));
  return folder;
}

/** Presses Ctrl-C once and returns how many SIGINTs came, and the exit code. */
async function pressOnce(words: string[], cwd: string): Promise<{ count: number; code: number }> {
  await using terminal = PseudoTerminal.open(words, { cwd });
  await terminal.waitFor(/ready on a terminal/);
  await terminal.write(CTRL_C);
  const [, count] = await terminal.waitFor(/counted (\d+)/);
  const { code } = await terminal.exit();
  return { count: Number(count), code };
}

Deno.test("PseudoTerminal turns Ctrl-C into one SIGINT for a program of its own", async () => {
  const cwd = await counterFolder();
  const words = [Deno.execPath(), "run", "--no-prompt", "counter.ts"];
  assertEquals(await pressOnce(words, cwd), { count: 1, code: 7 });
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("PseudoTerminal signals the whole foreground group", async () => {
  const cwd = await counterFolder();
  const script = `trap 'echo shell signalled' INT; "$0" run --no-prompt counter.ts; exit 9`;
  await using terminal = PseudoTerminal.open(["sh", "-c", script, Deno.execPath()], { cwd });
  await terminal.waitFor(/ready on a terminal/);
  await terminal.write(CTRL_C);
  await terminal.waitFor(/counted 1/);
  await terminal.waitFor(/shell signalled/);
  assertEquals((await terminal.exit()).code, 9);
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("PseudoTerminal shows what deno task makes of one Ctrl-C", async () => {
  const cwd = await counterFolder();
  const { count, code } = await pressOnce([Deno.execPath(), "task", "count"], cwd);
  // The task runner passes on a copy, which merges with the first signal if that is still pending:
  // from one to three were seen. A server must take any number for one.
  assert(count >= 1 && count <= 3, `${count} SIGINTs for one key`);
  assertEquals(code, 7);
  await Deno.remove(cwd, { recursive: true });
});

Deno.test("PseudoTerminal quotes words and reports the exit code", async () => {
  await using terminal = PseudoTerminal.open(["sh", "-c", 'echo "it\'s $0"; exit 3', "a b"]);
  assertEquals((await terminal.exit()).code, 3);
  assert(terminal.output.includes("it's a b"));
});

Deno.test("PseudoTerminal says so when the command ends before the text", async () => {
  await using terminal = PseudoTerminal.open(["true"]);
  await assertRejects(() => terminal.waitFor(/never/), Error, "ended before");
});

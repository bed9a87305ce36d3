/** The completions of shells, by the shells themselves. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runCommand } from "../helpers/command_process.ts";
import { forEachMode } from "../helpers/midgard.ts";
import { PseudoTerminal } from "../helpers/pseudo_terminal.ts";

/** Why a shell cannot be tested; undefined if it can. */
function missing(shell: string): string | undefined {
  for (const folder of ["/usr/bin", "/bin", "/usr/local/bin"]) {
    try {
      Deno.statSync(`${folder}/${shell}`);
      return undefined;
    } catch {
      // It may be in the next one.
    }
  }
  return `${shell} is not installed (apt-get install ${shell})`;
}

/** Registers a test of one shell, skipped where there is none. */
function testIn(
  shell: "bash" | "zsh" | "fish",
  test: (script: string) => Promise<void>,
  how = "",
): void {
  const reason = missing(shell);
  const why = reason === undefined ? "" : ` [skipped: ${reason}]`;
  forEachMode(`midgard completion ${shell} completes in ${shell}${how}${why}`, async (mode) => {
    const { code, stdout, stderr } = await runCommand(["completion", shell], { mode });
    assertEquals([code, stderr], [0, ""]);
    const path = await Deno.makeTempFile({ suffix: `.${shell}` });
    try {
      await Deno.writeTextFile(path, stdout);
      await test(path);
    } finally {
      await Deno.remove(path);
    }
  }, { ignore: reason !== undefined });
}

/** What each line is completed to. */
const LINES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ["midgard s", ["serve", "status", "sub"]],
  ["midgard sub --hi", ["--history"]],
  ["midgard --durab", ["--durability"]],
  ["midgard --durability ", ["commit", "disk"]],
  ["midgard bench --protocol p", ["plain"]],
  ["midgard completion f", ["fish"]],
  ["midgard config --print --max-c", ["--max-connections"]],
];

async function run(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals([code, decode(stderr)], [0, ""]);
  return decode(stdout);
}

testIn("bash", async (script) => {
  for (const [line, expected] of LINES) {
    const words = line.split(" ").map((word) => `'${word}'`).join(" ");
    const replies = await run(
      "bash",
      "-c",
      `source ${script}; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _midgard
       printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
    assertEquals(replies.trim().split("\n").toSorted(), expected.toSorted(), line);
  }
});

testIn("bash", async (script) => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["a b.pem", "a.pem"]) await Deno.writeTextFile(`${folder}/${name}`, "");
    const replies = await run(
      "bash",
      "-c",
      `source ${script}; cd ${folder}; COMP_WORDS=(midgard pub --ca a); COMP_CWORD=3; _midgard
       printf '%s\\n' "\${COMPREPLY[@]}"`,
    );
    assertEquals(replies.trim().split("\n").toSorted(), ["a b.pem", "a.pem"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}, ", also files with spaces in their names");

testIn("bash", async (script) => {
  await using terminal = PseudoTerminal.open(["bash", "--norc", "--noprofile", "-i"], {
    env: { PS1: "> ", TERM: "dumb" },
  });
  await terminal.write(`source ${script}\n`);
  await terminal.write("midgard --durability d\t | wc -c; echo 'do''ne'\n");
  await terminal.waitFor(/midgard --durability disk {1,2}\| wc/);
  await terminal.waitFor(/done/);
  await terminal.write("exit\n");
  await terminal.exit();
}, " by the tab key");

testIn("fish", async (script) => {
  for (const [line, expected] of LINES) {
    const code = `source ${script}; complete -C ${JSON.stringify(line)}`;
    const replies = (await run("fish", "--no-config", "-c", code)).trim().split("\n");
    const words = replies.map((reply) => reply.split("\t")[0] ?? "");
    assertEquals(words.toSorted(), expected.toSorted(), line);
  }
});

testIn("zsh", async (script) => {
  await using terminal = PseudoTerminal.open(["zsh", "-f", "-i"], {
    env: { PS1: "> ", TERM: "dumb" },
  });
  await terminal.write(`autoload -Uz compinit; compinit -u -D; source ${script}; echo rea''dy\n`);
  await terminal.waitFor(/ready\r\n/);
  await terminal.write("midgard sub --hi\t");
  await terminal.waitFor(/midgard sub --history/);
  await terminal.write("\x15midgard --durability=d\t");
  await terminal.waitFor(/--durability=disk/);
  await terminal.write("\x15midgard compl\t");
  await terminal.waitFor(/midgard completion/);
  await terminal.write(" z\t");
  await terminal.waitFor(/completion[^a-z]+zsh/);
  await terminal.write("\x15exit\n");
  await terminal.exit();
  assertStringIncludes(terminal.output, "disk");
});

forEachMode("midgard completion refuses a shell that it has no script for", async (mode) => {
  for (const args of [[], ["bsh"], ["tcsh"]]) {
    const { code, stdout, stderr } = await runCommand(["completion", ...args], { mode });
    assertEquals([code, stdout], [2, ""]);
    assertMatch(stderr, /^Cannot complete command lines .*\n$/);
  }
});

forEachMode("midgard says which command was meant, and exits 2", async (mode) => {
  const { code, stdout, stderr } = await runCommand(["statsu"], { mode });
  assertEquals([code, stdout], [2, ""]);
  assertEquals(
    stderr,
    'Cannot run "statsu" as it is no command: did you mean midgard status\n',
  );
});

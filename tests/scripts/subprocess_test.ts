import { assertEquals, assertStringIncludes } from "@std/assert";
import { capture } from "../../scripts/subprocess.ts";

function evaluate(code: string): [string, ...string[]] {
  return [Deno.execPath(), "eval", code];
}

Deno.test("capture gives the exit code and both outputs", async () => {
  const code = `console.log("out"); console.error("err"); Deno.exit(3);`;
  assertEquals(await capture(evaluate(code)), { code: 3, stdout: "out\n", stderr: "err\n" });
});

Deno.test("capture answers 127 for a program that is not there", async () => {
  const { code, stderr } = await capture(["no-such-program-here"]);
  assertEquals(code, 127);
  assertStringIncludes(stderr, "no-such-program-here");
});

Deno.test("capture stops a program at the deadline and says so", async () => {
  const { code, stderr } = await capture(evaluate("setInterval(() => {}, 1000)"), {
    timeoutMs: 200,
  });
  assertEquals(code, 143);
  assertStringIncludes(stderr, "stopped after 0.2 s");
});

import { assert, assertEquals, assertRejects } from "@std/assert";
import { commandLine, forEachMode, Midgard } from "./midgard.ts";

Deno.test("commandLine runs the source with the permissions of the start task", () => {
  const [program, ...words] = commandLine({ args: ["--close-timeout", "1s"] });
  assertEquals(program, Deno.execPath());
  assert(words.includes("--no-prompt"), words.join(" "));
  assert(words.some((word) => word.startsWith("--allow-env=")), words.join(" "));
  assertEquals(words.slice(words.findIndex((word) => word.endsWith("/main.ts")) + 1), [
    "serve",
    ...["--port", "0"],
    ...["--log-format", "json"],
    ...["--close-timeout", "1s"],
  ]);
});

Deno.test("commandLine leaves out its defaults where others are given", () => {
  const words = commandLine({ args: ["--port=81", "--log-format", "pretty"] });
  assertEquals(words.slice(words.indexOf("serve") + 1), ["--port=81", "--log-format", "pretty"]);
});

forEachMode("Midgard kills what is left of it when it is disposed", async (mode) => {
  let exited: Midgard["exited"];
  {
    await using server = await Midgard.start({ mode });
    exited = server.exited;
    assertEquals((await server.ready).pid, server.pid);
  }
  const { signal, stopped } = await exited;
  assertEquals([signal, stopped], ["SIGKILL", undefined]);
});

Deno.test("Midgard.start shows the log of a server that ends before it is ready", async () => {
  const start = () => Midgard.start({ args: ["--port", "none"] });
  await assertRejects(start, Error, "--port");
});

Deno.test("Midgard runs under a limit on descriptors", async () => {
  await using server = await Midgard.start({ ulimit: { soft: 80, hard: 80 } });
  assertEquals((await server.ready).pid, server.pid);
  assertEquals((await server.stop()).code, 0);
});

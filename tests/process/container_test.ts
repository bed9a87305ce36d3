import { assert, assertEquals, assertMatch } from "@std/assert";
import { capture } from "../../scripts/subprocess.ts";
import { OPTIONS } from "../../server/config/mod.ts";
import { assertProperClose } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { Image } from "../helpers/image.ts";
import { LogLines } from "../helpers/log_lines.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { within } from "../helpers/wait.ts";

/** Entering another root needs root's rights; elsewhere these tests are ignored, and counted. */
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;

function imageTest(name: string, fn: (image: Image) => Promise<void>): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      await using image = await Image.build();
      await fn(image);
    },
  });
}

/** A server that runs in an image as process 1. */
class Container implements AsyncDisposable {
  readonly log: LogLines;
  readonly #child: Deno.ChildProcess;
  #hasEnded = false;

  constructor(image: Image, env: Readonly<Record<string, string>>) {
    const { entrypoint, cmd } = image.config;
    const command = image.command([...entrypoint, ...cmd], { env, isInit: true });
    const [program = "", ...args] = command;
    this.#child = new Deno.Command(program, { args, stdin: "null", stderr: "piped" }).spawn();
    this.log = new LogLines(this.#child.stderr);
    this.#child.status.then(() => this.#hasEnded = true);
  }

  /** The port, once the server is ready. */
  async port(): Promise<number> {
    const line = await within(this.log.next("ready"), {
      what: "the server in the image",
      explain: () => this.log.toString(),
    });
    assertEquals(line?.["pid"], 1, `not process 1: ${this.log}`);
    return Number(line?.["port"]);
  }

  /** Signals process 1 of the container, from outside as a container engine does. */
  async signal(name: string): Promise<void> {
    const { pid } = this.#child;
    const { stdout } = await capture(["cat", `/proc/${pid}/task/${pid}/children`]);
    const { code, stderr } = await capture(["kill", "-s", name.replace("SIG", ""), stdout.trim()]);
    assertEquals(code, 0, stderr);
  }

  async exitCode(): Promise<number> {
    const { code } = await within(this.#child.status, { what: "the container to end" });
    await this.log.ended;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Whoever started it may be killed without it: it has another user, so no signal is passed on.
    if (!this.#hasEnded) await this.signal("SIGKILL");
    await this.#child.status;
    await this.log.ended;
  }
}

const ENV = { MIDGARD_PORT: "0", MIDGARD_ANONYMOUS: "true" };

for (const signal of ["SIGTERM", "SIGINT"]) {
  imageTest(`the image's process 1 stops properly on ${signal} and resumes`, async (image) => {
    await using container = new Container(image, ENV);
    const port = await container.port();
    using peer = await RawPeer.connect({ port });
    assertEquals((await request(port, "POST /channels/kept", { body: "x" })).status, 200);
    await container.signal(signal);
    await assertProperClose(peer);
    assertEquals(await container.exitCode(), 0);
    assertEquals(container.log.of("stopped").map(({ signal }) => signal), [signal]);

    await using next = new Container(image, ENV);
    const kept = await request(await next.port(), "GET /channels/kept");
    assertMatch(kept.body, /"offset":1/);
  });
}

imageTest(
  "the image's health check tells a server that answers from one that does not",
  async (image) => {
    await using container = new Container(image, ENV);
    const port = await container.port();
    const { health, exposed } = image.config;
    assertEquals(health.at(-1), `http://127.0.0.1:${OPTIONS.port.default}`);
    assertEquals(Number(exposed), OPTIONS.port.default);
    const check = async () => {
      const program = [...health.slice(0, -1), `http://127.0.0.1:${port}`];
      const [command = "", ...args] = image.command(program);
      return (await capture([command, ...args])).code;
    };
    assertEquals(await check(), 0);
    await container.signal("SIGTERM");
    await container.exitCode();
    assertEquals(await check(), 1);
  },
);

imageTest("the image refuses to let everybody in unasked, with code 2", async (image) => {
  await using container = new Container(image, { MIDGARD_PORT: "0" });
  assertEquals(await container.exitCode(), 2);
  assertMatch(container.log.toString(), /Cannot listen on 0\.0\.0\.0/);
});

imageTest("the image's server writes to its volume only", async (image) => {
  await using container = new Container(image, ENV);
  await container.port();
  await container.signal("SIGTERM");
  await container.exitCode();
  const { root, config } = image;
  const { stdout } = await capture(["find", root, "-user", config.user.split(":")[0]!]);
  const files = stdout.trim().split("\n");
  assert(files.includes(`${root}/data/midgard.db`), stdout);
  assertEquals(files.filter((path) => !path.startsWith(`${root}${config.volume}`)), []);
});

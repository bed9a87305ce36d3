/** Peers whose packets are lost: nothing arrives from them any more, no FIN and no reset. */
import { assert, assertEquals } from "@std/assert";
import { assertStopped } from "../../helpers/expectations.ts";
import { Midgard, type Mode, type RunningMidgard } from "../../helpers/midgard.ts";
import { scrape } from "../../helpers/prometheus.ts";
import { waitFor, within } from "../../helpers/wait.ts";
import { DataFolder } from "../durable_files.ts";
import type { FaultTable } from "./fault_table.ts";
import { outputOf, Pair, whyNot } from "./server_process.ts";

const VANISHING = 10;
const CONFIG = {
  client: { insecure: true, ping_interval: "1s", pong_timeout: "300ms" },
  stop: { close_timeout: "1s" },
};

/** A network of its own, with one cable to it. Dispose of it with `using`. */
class OtherNetwork implements Disposable {
  readonly name: string = `midgard${Deno.pid}`;
  /** Of a range that is for tests of networks (RFC 2544); a new one each time. */
  readonly #range = `198.18.${Math.floor(Math.random() * 256)}`;
  readonly #ends = [`mg${Deno.pid}a`, `mg${Deno.pid}b`] as const;

  /** The address of this side. */
  get here(): string {
    return `${this.#range}.1`;
  }

  constructor() {
    const [here, there] = this.#ends;
    outputOf("ip", "netns", "add", this.name);
    outputOf("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", this.name);
    outputOf("ip", "address", "add", `${this.here}/24`, "dev", here);
    outputOf("ip", "link", "set", here, "up");
    this.#inside("address", "add", `${this.#range}.2/24`, "dev", there);
    this.#inside("link", "set", there, "up");
  }

  /** Cuts the cable: whatever is sent in either direction is lost without a word. */
  cut(): void {
    this.#inside("link", "set", this.#ends[1], "down");
  }

  #inside(...args: string[]): void {
    outputOf("ip", "-n", this.name, ...args);
  }

  [Symbol.dispose](): void {
    // The namespace itself goes in the background, and its end of the cable with it.
    outputOf("ip", "link", "delete", this.#ends[0]);
    outputOf("ip", "netns", "delete", this.name);
  }
}

/** Starts clients in the other network and waits until they are connected. */
async function connectThere(
  { name, here }: OtherNetwork,
  port: number,
): Promise<Deno.ChildProcess> {
  const script = new URL("vanishing_clients.ts", import.meta.url).pathname;
  const program = [Deno.execPath(), "run", "--no-prompt", "--allow-net", script];
  const child = new Deno.Command("ip", {
    args: ["netns", "exec", name, ...program, `${here}:${port}`, `${VANISHING}`],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const first = await within(reader.read(), { what: "the clients in the other network" });
  await reader.cancel();
  if (first.done) throw new Error("The clients in the other network could not connect");
  return child;
}

/** Waits until every client of the protocol has been given up, and says how many there were. */
async function givenUp({ port }: RunningMidgard): Promise<number> {
  const count = async () =>
    (await scrape(port)).find("midgard_disconnects_total", { code: "3012" }) ?? 0;
  await waitFor(async () => await count() === VANISHING, { what: "3012 for who has vanished" });
  return await count();
}

async function vanish(mode: Mode): Promise<string> {
  await using folder = new DataFolder();
  await Deno.writeTextFile(`${folder.path}/midgard.json`, JSON.stringify(CONFIG));
  const args = ["--config", "midgard.json", "--host", "0.0.0.0", "--anonymous"];
  await using server = await Midgard.start({ mode, cwd: folder.path, args });
  using pair = await Pair.connect(server);
  using network = new OtherNetwork();
  const child = await connectThere(network, server.port);
  try {
    await pair.exchange(10);
    network.cut();
    const noticed = await pair.during(givenUp(server));
    await pair.exchange(100);
    pair.assertOpen();
    const exit = await server.stop();
    // Where the runtime cannot free a silent socket, one that was given up is not counted twice.
    assertStopped(exit, { closed_cleanly: 2 });
    const terminated = exit.stopped?.terminated ?? 0;
    assert(terminated >= VANISHING, `${terminated} terminated`);
    const stopMs = Math.round(exit.elapsedSinceSignalMs);
    assert(stopMs < 2_000, `the stop took ${stopMs} ms`);
    assertEquals(server.log.invalid, []);
    return `${noticed} told 3012, slowest message of others ${pair.slowestMs} ms, ` +
      `stop in ${stopMs} ms, ${terminated} terminated`;
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

function whyNoNetwork(): string | undefined {
  const probe = `midgard-probe-${Deno.pid}`;
  const reason = "a network of its own needs root and ip";
  return whyNot(reason, "ip", "netns", "add", probe) ??
    whyNot(reason, "ip", "netns", "delete", probe);
}

/** Registers them. */
export function addNetworkFaults(table: FaultTable): void {
  table.add({
    name: "20 peers whose packets are dropped (half-open connections)",
    outcome:
      "Centrifuge clients are given up after their ping, others go on, the stop takes `--close-timeout`",
    missing: whyNoNetwork(),
  }, vanish);
}

/**
 * A new certificate takes a restart, and a restart loses nobody: official clients of all transports
 * come back, recover everything, and are shown the new one.
 */
import { assert, assertEquals } from "@std/assert";
import { Authority, type CertificateFiles } from "../helpers/authority.ts";
import { report } from "../helpers/expectations.ts";
import { freePort } from "../helpers/free_port.ts";
import { forEachMode, Midgard } from "../helpers/midgard.ts";
import { OfficialCrowd } from "../helpers/official_crowd.ts";
import type { TlsTrust } from "../helpers/http.ts";
import { Publishers, readLog, settle } from "../helpers/publishers.ts";
import { inParallel, range } from "../helpers/wait.ts";
import { DataFolder } from "./durable_files.ts";
import { assertKept } from "./durable_load.ts";

const CLIENTS = 100;
const CHANNELS = range(10).map((index) => `crowd-${index}`);
const PER_LIFE = 200;
const RENEWALS = 3;

/** One port and one history, over many lives of the server and their certificates. */
class Play {
  readonly publishers: Publishers;
  /** What each life has shown. */
  readonly shown: string[] = [];
  /** Publications that were acknowledged before everybody was back. */
  missed = 0;
  readonly #authority: Authority;
  readonly #crowd: OfficialCrowd;
  readonly #port: number;
  readonly #tls: TlsTrust;
  #publishing: Promise<void> | undefined;

  constructor(authority: Authority, crowd: OfficialCrowd, port: number) {
    this.#authority = authority;
    this.#crowd = crowd;
    this.#port = port;
    this.#tls = { caText: authority.caText };
    const tls = this.#tls;
    this.publishers = new Publishers({ count: 10, channels: CHANNELS, pauseMs: 10, tls });
  }

  /** Puts a new certificate in place of the old one, as a renewing program does. */
  async renew({ cert, key }: CertificateFiles): Promise<void> {
    const issued = await this.#authority.issue();
    await Deno.copyFile(issued.cert, cert);
    await Deno.copyFile(issued.key, key);
  }

  /** Gets everybody back, and publishes. */
  async live(): Promise<void> {
    const life = this.shown.length;
    this.shown.push(await this.#authority.shownAt(this.#port));
    // The first time a client must be there before it can miss anything.
    if (life > 0) this.#publishing = this.publishers.run(this.#port);
    const before = this.publishers.acknowledged;
    const { closes, subscribed, recovered } = await this.#crowd.subscribed(life);
    this.missed += this.publishers.acknowledged - before;
    assertEquals(subscribed, CLIENTS);
    if (life > 0) assertEquals([closes, recovered], [{ "3001 shutdown": CLIENTS }, CLIENTS]);
    this.#publishing ??= this.publishers.run(this.#port);
    const goal = this.publishers.acknowledged + PER_LIFE;
    await this.publishers.until(({ acknowledged }) => acknowledged >= goal, {
      what: `${PER_LIFE} publications`,
    });
  }

  /** Whether the certificate is still the one that this life began with. */
  async assertUnchanged(): Promise<void> {
    const shown = await this.#authority.shownAt(this.#port);
    assertEquals(shown, this.shown.at(-1), "changed without a restart");
  }

  /** Each client got the whole log of its channel, once and in order. */
  async settle(): Promise<number> {
    this.publishers.stop();
    await this.#publishing;
    const read = async (channel: string) =>
      [channel, await readLog(this.#port, channel, 1_000, this.#tls)] as const;
    const logs = new Map(await inParallel(CHANNELS, read));
    const tops = Object.fromEntries([...logs].map(([channel, { top }]) => [channel, top]));
    const all = await this.#crowd.finish(tops);
    assertEquals(all.length, CLIENTS);
    for (const { channel, received } of all) {
      const { publications } = logs.get(channel)!;
      assertEquals(received, publications.map(({ offset, data }) => `${offset}:${data}`), channel);
    }
    const account = settle(this.publishers.sent, logs);
    assertKept(account);
    return account.acknowledged;
  }
}

forEachMode("a renewed certificate takes a restart, which loses nobody", async (mode) => {
  await using authority = await Authority.create();
  await using folder = new DataFolder();
  const port = freePort();
  const files = authority.files("live.pem", "live-key.pem");
  const args = [...files.args, "--port", `${port}`, "--history-size", "100000"];
  const crowdOf = { port, clients: CLIENTS, channels: CHANNELS.length, processes: 1 };
  await using crowd = new OfficialCrowd({ ...crowdOf, ca: authority.ca });
  const play = new Play(authority, crowd, port);
  await play.renew(files);
  for (const _renewal of range(RENEWALS)) {
    await using server = await Midgard.start({ mode, args, cwd: folder.path });
    await play.live();
    await play.renew(files);
    await play.assertUnchanged();
    assertEquals((await server.stop()).code, 0);
  }
  await using last = await Midgard.start({ mode, args, cwd: folder.path });
  await play.live();
  const acknowledged = await play.settle();
  assertEquals((await last.stop()).code, 0);
  const { shown, missed } = play;
  report(`${mode}: ${RENEWALS} renewals, ${acknowledged} acknowledged, ${missed} missed`);
  assertEquals(new Set(shown).size, RENEWALS + 1, "certificates that were shown");
  assert(missed > 0, "nobody missed anything: the test proves nothing");
});

forEachMode("SIGHUP says that a renewed certificate takes a restart", async (mode) => {
  await using authority = await Authority.create();
  const [files, other] = [await authority.issue(), await authority.issue()];
  const original = await Deno.readTextFile(files.cert);
  await using server = await Midgard.start({ mode, args: files.args });
  const { log } = server;
  const shown = await authority.shownAt(server.port);
  server.signal("SIGHUP");
  await log.next("reload");
  await Deno.copyFile(other.cert, files.cert);
  await Deno.copyFile(other.key, files.key);
  server.signal("SIGHUP");
  // The first of its kind: of files that are as they were nothing was said.
  assertEquals((await log.next("restart_needed"))?.["keys"], ["tls.cert", "tls.key"]);
  assertEquals(log.of("reload").length, 2);
  await Deno.writeTextFile(files.cert, original);
  await Deno.remove(files.key);
  server.signal("SIGHUP");
  assertEquals((await log.next("restart_needed", 1))?.["keys"], ["tls.key"]);
  assertEquals(await authority.shownAt(server.port), shown);
  assertEquals((await server.stop("SIGTERM")).code, 0);
});

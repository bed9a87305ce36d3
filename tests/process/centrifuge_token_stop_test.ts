/**
 * P2 where it takes time to find out who a client is: what it published behind a connection token
 * that is still being verified at the moment of the stop is in the log, however late the keys come.
 */
import { assert, assertEquals } from "@std/assert";
import { RawCentrifugePeer } from "../helpers/raw_centrifuge_peer.ts";
import { assertProperClose, assertStopped, report, SHUTDOWN } from "../helpers/expectations.ts";
import { forEachMode, Midgard, type MidgardOptions, type Mode } from "../helpers/midgard.ts";
import { readLog } from "../helpers/publishers.ts";
import { inParallel, range, sleep, waitFor, within } from "../helpers/wait.ts";
import { KeyServer, keySet } from "../server/auth/key_server.ts";
import { keysFor, sign } from "../server/auth/signer.ts";
import { DataFolder } from "./durable_files.ts";

const CLIENTS = 20;
const WORDS = 50;

/** Clients of one kind: what their tokens claim, and when they say their first word. */
interface Kind {
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly isLate: boolean;
}

const KINDS: readonly Kind[] = [
  { name: "plain", claims: {}, isLate: false },
  { name: "plain-late", claims: {}, isLate: true },
  { name: "channels", claims: { channels: ["news"] }, isLate: false },
  { name: "channels-late", claims: { channels: ["news"] }, isLate: true },
];

/** Key server, tokens, and a configuration that asks the one for the keys of the others. */
class Authority implements AsyncDisposable {
  readonly #keys = Promise.withResolvers<void>();
  readonly #server: KeyServer;
  readonly #sign: (claims: unknown) => Promise<string>;

  private constructor(server: KeyServer, sign: (claims: unknown) => Promise<string>) {
    this.#server = server;
    this.#sign = sign;
  }

  static async start(): Promise<Authority> {
    const { alg, privateKey: key, jwk } = await keysFor("ES256");
    const server = new KeyServer();
    const authority = new Authority(
      server,
      (claims) => sign(claims, { alg, key, kid: jwk.kid! }),
    );
    server.answer = () => authority.#keys.promise.then(() => keySet(jwk));
    return authority;
  }

  get isAsked(): boolean {
    return this.#server.asked.length > 0;
  }

  /** Lets the keys go out, which were held back so far. */
  release(): void {
    this.#keys.resolve();
  }

  async tokenOf(user: string, claims: Kind["claims"]): Promise<string> {
    return await this.#sign({ sub: user, ...claims });
  }

  async configure(folder: string): Promise<MidgardOptions> {
    const config = {
      client: { token: { jwks_public_endpoint: `${this.#server.url}/keys` } },
      channel: {
        without_namespace: {
          ...{ history_size: 100_000, history_ttl: "1h" },
          allow_publish_for_client: true,
        },
      },
    };
    await Deno.writeTextFile(`${folder}/midgard.json`, JSON.stringify(config));
    return { cwd: folder, args: ["--config", "midgard.json"] };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    await this.#server[Symbol.asyncDispose]();
  }
}

interface Who {
  readonly kind: Kind;
  readonly index: number;
}

/** Opens a client that says everything in one frame: at once, or as the answer to our Close. */
async function openClient(
  port: number,
  authority: Authority,
  { kind, index, lingerMs = 0 }: Who & { readonly lingerMs?: number },
): Promise<RawCentrifugePeer> {
  const token = await authority.tokenOf(`${kind.name} ${index}`, kind.claims);
  const publish = range(WORDS).map((word) => `${index} ${word}`);
  const speak = async (peer: RawCentrifugePeer) => {
    await peer.send({ connect: { token }, channel: kind.name, publish });
    // The behaviour is a peer that takes its time to answer our Close.
    if (lingerMs > 0) await sleep(lingerMs);
  };
  const peer = await RawCentrifugePeer.open({ port, ...(kind.isLate && { beforeClose: speak }) });
  if (!kind.isLate) await speak(peer);
  return peer;
}

/** What was published is there, once and in the order of each client. */
async function assertAllStored(
  kinds: readonly Kind[],
  { mode, cwd }: { readonly mode: Mode; readonly cwd: string },
): Promise<void> {
  await using server = await Midgard.start({ mode, cwd });
  const expected = range(CLIENTS).map((index) => range(WORDS).map((word) => `${index} ${word}`));
  const found: Record<string, number> = {};
  for (const { name } of kinds) {
    const { publications } = await readLog(server.port, name);
    found[name] = publications.length;
    const byClient = range(CLIENTS).map((index) =>
      publications.map(({ data }) => String(data)).filter((data) => data.startsWith(`${index} `))
    );
    if (publications.length > 0) assertEquals(byClient, expected, name);
  }
  assertEquals(found, Object.fromEntries(kinds.map(({ name }) => [name, CLIENTS * WORDS])));
}

forEachMode("stop waits for a token and loses nothing that was said behind it", async (mode) => {
  await using folder = new DataFolder();
  await using authority = await Authority.start();
  await using server = await Midgard.start({ mode, ...await authority.configure(folder.path) });
  const { port } = server;
  const everyone = KINDS.flatMap((kind) => range(CLIENTS).map((index) => ({ kind, index })));
  const peers = await inParallel(everyone, (who) => openClient(port, authority, who));
  const received = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
    return (await answer.json()).received;
  };
  const early = everyone.filter(({ kind }) => !kind.isLate).length;
  await waitFor(() => authority.isAsked, { what: "the keys to be asked for" });
  await waitFor(async () => await received() === early, { what: "the frames to arrive" });
  server.signal("SIGINT");
  // Every client is told, answers and has gone before anybody knows who it was.
  for (const { raw } of peers) await assertProperClose(raw, SHUTDOWN);
  assertEquals(server.log.of("stopped"), [], "the stop did not wait");
  authority.release();
  const exit = await within(server.exit(), { what: "the exit" });
  const clients = peers.length;
  assertStopped(exit, { clients, closed_cleanly: clients, terminated: 0, received: clients });
  assert(exit.elapsedSinceSignalMs < 3_000, `the stop took ${exit.elapsedSinceSignalMs} ms`);
  await assertAllStored(KINDS, { mode, cwd: folder.path });
  report(`${mode}: ${clients * WORDS} publishes behind tokens of ${clients} clients, none lost`);
});

forEachMode("a client that connects after our Close may still publish", async (mode) => {
  await using folder = new DataFolder();
  await using authority = await Authority.start();
  authority.release();
  await using server = await Midgard.start({ mode, ...await authority.configure(folder.path) });
  const kinds = KINDS.filter(({ isLate }) => isLate);
  const everyone = kinds.flatMap((kind) => range(CLIENTS).map((index) => ({ kind, index })));
  const peers = await inParallel(
    everyone,
    (who) => openClient(server.port, authority, { ...who, lingerMs: 200 }),
  );
  const exit = await server.stop();
  for (const { raw } of peers) await assertProperClose(raw, SHUTDOWN);
  assertStopped(exit, { closed_cleanly: peers.length, received_while_closing: peers.length });
  await assertAllStored(kinds, { mode, cwd: folder.path });
});

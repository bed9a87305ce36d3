/**
 * Nonsense of every kind over every way in that the Centrifuge protocol and the server API have,
 * while one client does everything right.
 */
import { assert, assertEquals, assertLess } from "@std/assert";
import { seededRandom } from "../lifecycle/seeded_random.ts";
import { sign } from "../server/auth/signer.ts";
import { Bystander } from "../helpers/bystander.ts";
import { Tally } from "../helpers/documented_answers.ts";
import { assertSoundLog, assertStopped, report } from "../helpers/expectations.ts";
import { callApi } from "../helpers/fuzz_api.ts";
import { talk } from "../helpers/fuzz_connections.ts";
import { JSON_DIALECT, PROTOBUF_DIALECT } from "../helpers/fuzz_dialects.ts";
import type { Random } from "../helpers/fuzz_json.ts";
import { talkOverStream } from "../helpers/fuzz_streams.ts";
import { forEachMode, Midgard, type Mode, type RunningMidgard } from "../helpers/midgard.ts";
import { RawPeer } from "../helpers/raw_peer.ts";
import { range, waitFor } from "../helpers/wait.ts";

const SECRET = "a secret of the tests";

/** Everybody may do everything, in channels of every kind, and users are told apart. */
const CONFIG = {
  client: {
    insecure: true,
    allow_anonymous_connect_without_token: true,
    token: { hmac_secret_key: SECRET },
  },
  http_api: { key: "key" },
  channel: {
    without_namespace: {
      ...{ presence: true, join_leave: true, history_size: 100, history_ttl: "1h" },
      ...{ force_recovery: true, allowed_delta_types: ["fossil"], delta_publish: true },
    },
    namespaces: [{ name: "chat", presence: true, join_leave: true, force_push_join_leave: true }],
  },
};

/** Frames and calls of one storm, by the way they go. */
const STORM = { json: 32_000, protobuf: 8_000, streams: 4_000, api: 6_000 };

const WORKERS = 16;
const MIB = 1_048_576;
/** What a second storm like the first may leave behind. */
const MAX_GROWTH = 64 * MIB;

forEachMode("nonsense in the Centrifuge protocol gets documented answers only", async (mode) => {
  await using server = await startOpen(mode);
  const token = await sign({ sub: "bystander" }, { key: SECRET });
  using bystander = new Bystander(server.port, token);
  const tally = new Tally();
  const sizes: number[] = [];
  const startedAt = performance.now();
  for (const seed of [1, 2]) {
    await storm(server, seed, tally);
    await assertOnly(server.port, ["bystander"]);
    sizes.push(await residentBytes(server.pid));
  }
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  await bystander.finish();
  await assertOnly(server.port, []);
  report(`${seconds} s; ${sizes.map((size) => `${Math.round(size / MIB)} MiB`).join(", then ")}`);
  report(`bystander: ${bystander.count} publications, the slowest after ${bystander.slowestMs} ms`);
  report(`${tally}`);
  assertLess(99_999, tally.sum("sent "));
  const [first = 0, second = Infinity] = sizes;
  assertLess(second - first, MAX_GROWTH);
  assertStopped(await server.stop(), { clients: 0 });
  assertSoundLog(server);
  for (const event of ["internal_error", "request_failed"]) assertEquals(server.log.of(event), []);
});

async function startOpen(mode: Mode): Promise<RunningMidgard> {
  const config = await Deno.makeTempFile({ suffix: ".json" });
  await Deno.writeTextFile(config, JSON.stringify(CONFIG));
  try {
    return await Midgard.start({ mode, args: ["--config", config] });
  } finally {
    await Deno.remove(config);
  }
}

async function storm({ port }: RunningMidgard, seed: number, tally: Tally): Promise<void> {
  const ways = {
    json: (random: Random) => talk(port, random, { dialect: JSON_DIALECT, tally }),
    protobuf: (random: Random) => talk(port, random, { dialect: PROTOBUF_DIALECT, tally }),
    streams: (random: Random) => talkOverStream(port, random, tally),
  };
  for (const [way, go] of Object.entries(ways)) {
    const count = await inWorkers(STORM[way as keyof typeof ways], seed, go);
    tally.add(`sent ${way}`, count);
  }
  await using _targets = new Targets(port);
  tally.add("sent api", await inWorkers(STORM.api, seed, (random) => callApi(port, random, tally)));
}

/** Lets workers go on until together they have sent so much; gives how much it was. */
async function inWorkers(
  count: number,
  seed: number,
  go: (random: Random) => Promise<number>,
): Promise<number> {
  const sent = await Promise.all(
    range(WORKERS).map(async (worker) => {
      const random = seededRandom(seed * 1_000 + worker);
      let own = 0;
      while (own < count / WORKERS) own += await go(random);
      return own;
    }),
  );
  return sent.reduce((sum, own) => sum + own);
}

/** Anonymous clients that the server API has something to do with; who is thrown out comes back. */
class Targets implements AsyncDisposable {
  readonly #running: Promise<void>[];
  readonly #peers = new Set<RawPeer>();
  #isStopped = false;

  constructor(port: number) {
    this.#running = range(4).map(() => this.#run(port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isStopped = true;
    for (const peer of this.#peers) await peer.close(1_000);
    await Promise.all(this.#running);
  }

  async #run(port: number): Promise<void> {
    while (!this.#isStopped) {
      const peer = await RawPeer.connect({ port, path: "/connection/websocket" });
      this.#peers.add(peer);
      await peer.text('{"id":1,"connect":{}}\n{"id":2,"subscribe":{"channel":"a"}}');
      if (this.#isStopped) await peer.close(1_000);
      await peer.closed;
      this.#peers.delete(peer);
      assertEquals(peer.framesAfterClose, 0);
    }
  }
}

/** Nobody else is left, anywhere: each client is a user's and in a channel of that name. */
async function assertOnly(port: number, users: readonly string[]): Promise<void> {
  const call = async (method: string, body: object) => {
    const headers = { "X-API-Key": "key" };
    const url = `http://127.0.0.1:${port}/api/${method}`;
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
    return (await response.json()).result;
  };
  let numbers: unknown;
  await waitFor(async () => {
    const { nodes: [node] } = await call("info", {});
    numbers = [node.num_clients, node.num_users, node.num_subs];
    return `${numbers}` === `${[users.length, users.length, users.length]}`;
  }, { what: "the others to be gone", explain: () => `clients, users, subs: ${numbers}` });
  assertEquals(Object.keys((await call("channels", {})).channels), users);
  for (const channel of ["a", "b", "news", "chat:1", "$private", "#u", "__proto__"]) {
    assertEquals((await call("presence", { channel })).presence, {}, channel);
  }
}

/** Memory of a process as the kernel counts it. */
async function residentBytes(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "rss=", "-p", `${pid}`] })
    .output();
  const kib = Number(new TextDecoder().decode(stdout));
  assert(kib > 0);
  return kib * 1_024;
}

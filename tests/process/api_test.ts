/** The server API of a real server: what is stored, what a restart keeps, what clients hear of it. */
import { assert, assertEquals } from "@std/assert";
import { outcomeOf } from "../helpers/centrifuge_peer.ts";
import type { Fields } from "../helpers/centrifuge_wire.ts";
import { assertStopped } from "../helpers/expectations.ts";
import { request } from "../helpers/http.ts";
import { forEachMode, type Mode } from "../helpers/midgard.ts";
import { inParallel, range, waitFor, within } from "../helpers/wait.ts";
import { API_KEY, ApiSite, idsOf } from "./api_site.ts";

/** Runs a test with a server, and a folder that outlives it. */
function withSite(name: string, test: (site: ApiSite, mode: Mode, cwd: string) => Promise<void>) {
  forEachMode(name, async (mode) => {
    const cwd = await Deno.makeTempDir();
    const site = await ApiSite.start({ mode, cwd });
    await using _server = site.server;
    await test(site, mode, cwd);
    await Deno.remove(cwd, { recursive: true });
  });
}

withSite("the server API wants its key, a POST and one JSON object", async (site) => {
  const body = JSON.stringify({ channel: "log:keys", data: 1 });
  const right: readonly Record<string, string>[] = [
    { "X-API-Key": API_KEY },
    { Authorization: `apikey ${API_KEY}` },
  ];
  for (const headers of right) {
    assertEquals((await site.post("publish", body, headers)).status, 200);
  }
  const query = await fetch(`${site.origin}/api/publish?api_key=${API_KEY}`, {
    ...{ method: "POST", body },
  });
  assertEquals((await query.json()).result.offset, 3);
  const wrong: readonly Record<string, string>[] = [{}, { "X-API-Key": "wrong" }, {
    Authorization: `Bearer ${API_KEY}`,
  }];
  for (const headers of wrong) {
    assertEquals((await site.post("publish", body, headers)).status, 401);
  }
  const { port } = site.server;
  const headers = { "X-API-Key": API_KEY };
  const got = await request(port, "GET /api/publish", { headers });
  assertEquals([got.status, got.headers.get("allow")], [405, "POST"]);
  for (const bad of ["{", "[]", "5"]) assertEquals((await site.post("publish", bad)).status, 400);
  assertEquals((await site.post("nothing", "{}")).status, 404);
  assertEquals((await site.call("history", { channel: "log:keys" }))["offset"], 3);
});

withSite("numbers come back letter by letter from everywhere", async (site) => {
  const data = '{"id":12345678901234567890,"price":1.10,"small":1e-400,"key":{"key":-0.0}}';
  const { socket, frames } = await listen(site, "log:numbers");
  const published = await site.post("publish", `{"data":${data},"channel":"log:numbers"}`);
  assertEquals(published.status, 200, published.text);
  const batch = `{"commands":[{"history":{"channel":"log:numbers","limit":1}}]}`;
  const history = await site.post("history", `{"channel":"log:numbers","limit":1}`);
  const page = await request(site.server.port, "GET /channels/log%3Anumbers", {
    headers: { "X-API-Key": API_KEY },
  });
  for (const text of [history.text, (await site.post("batch", batch)).text, page.body]) {
    assert(text.includes(`"data":${data}`), text);
  }
  const isPushed = () => frames.some((frame) => frame.includes(`"pub":{"data":${data}`));
  await waitFor(isPushed, { what: "a push of the very letters", explain: () => frames.join("\n") });
  socket.close();
});

/** A client, and the frames that it is sent as they are. */
async function listen(
  site: ApiSite,
  channel: string,
): Promise<{ readonly socket: WebSocket; readonly frames: readonly string[] }> {
  const socket = new WebSocket(`ws://127.0.0.1:${site.server.port}/connection/websocket`);
  const frames: string[] = [];
  socket.onmessage = ({ data }) => void frames.push(data);
  await new Promise<void>((resolve) => void (socket.onopen = () => resolve()));
  const connect = { token: await site.tokenOf("42") };
  const commands = [{ id: 1, connect }, { id: 2, subscribe: { channel } }];
  socket.send(commands.map((command) => JSON.stringify(command)).join("\n"));
  await waitFor(() => frames.join().includes(`"id":2`), { what: "a subscription" });
  return { socket, frames };
}

withSite(
  "a repeated idempotency key stores once, also after a restart",
  async (site, mode, cwd) => {
    const params = { channel: "log:once", data: { n: 1 }, idempotency_key: "order 7" };
    const first = await site.call("publish", params);
    assertEquals(await site.call("publish", params), first);
    assertEquals(await site.errorOf("publish", { ...params, data: { n: 2 } }), 113);
    const broadcast = {
      channels: ["log:once", "log:other"],
      data: { n: 1 },
      idempotency_key: "order 7",
    };
    const { responses } = await site.call("broadcast", broadcast);
    assertEquals((responses as { result: Fields }[])[0]?.result, first);
    assertStopped(await site.server.stop());

    const next = await ApiSite.start({ mode, cwd, errorMode: "transport" });
    await using _server = next.server;
    assertEquals(await next.call("publish", params), first);
    const conflict = await next.post("publish", { ...params, data: { n: 2 } });
    assertEquals([conflict.status, JSON.parse(conflict.text).error.code], [409, 113]);
    const page = await next.call("history", { channel: "log:once", limit: -1 });
    assertEquals(page, { ...first, publications: [{ data: { n: 1 }, offset: 1 }] });
  },
);

withSite(
  "a version that is not newer is not stored, also after a restart",
  async (site, mode, cwd) => {
    const publish = async (at: ApiSite, version: number, version_epoch = "") => {
      const params = { channel: "log:version", data: version, version, version_epoch };
      return (await at.call("publish", params))["offset"];
    };
    assertEquals([await publish(site, 5), await publish(site, 4), await publish(site, 6)], [
      1,
      1,
      2,
    ]);
    assertStopped(await site.server.stop());

    const next = await ApiSite.start({ mode, cwd });
    await using _server = next.server;
    const offsets: unknown[] = [];
    for (const version of [6, 5, 7]) offsets.push(await publish(next, version));
    assertEquals([...offsets, await publish(next, 1, "another")], [2, 2, 3, 4]);
  },
);

withSite("what passes the history by is heard and not kept", async (site) => {
  const peers = await site.clientsOf("42");
  const channel = "log:past";
  for (const peer of peers) await peer.ask("subscribe", { channel });
  assertEquals(await site.call("publish", { channel, data: 1, skip_history: true }), {});
  const kept = { channel, data: 2, tags: { k: "v" } };
  assertEquals((await site.call("publish", kept))["offset"], 1);
  for (const peer of peers) {
    const [first, second] = await peer.until("pub", channel, 2);
    assertEquals([first?.["data"], first?.["offset"]], [1, undefined]);
    assertEquals([second?.["data"], second?.["offset"], second?.["tags"]], [2, 1, { k: "v" }]);
    peer.close();
  }
  const { publications } = await site.call("history", { channel, limit: -1 });
  assertEquals(publications, [{ data: 2, offset: 1, tags: { k: "v" } }]);
});

withSite(
  "a call while the server is stopping is 503, and what was 200 is stored",
  async (site, mode, cwd) => {
    const stored: number[] = [];
    const statuses = new Set<number>();
    let hasGone = false;
    const publishing = inParallel(range(16), async (publisher) => {
      while (!hasGone) {
        const body = { channel: "log:stop", data: publisher };
        const answer = await site.post("publish", body).catch(() => undefined);
        if (answer === undefined) return;
        statuses.add(answer.status);
        if (answer.status === 200) stored.push(JSON.parse(answer.text).result.offset);
      }
    });
    const isBusy = async () => {
      while (stored.length < 200) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    await within(isBusy(), { what: "publications" });
    const exit = await site.server.stop();
    hasGone = true;
    await publishing;
    assertStopped(exit);
    assert([...statuses].every((status) => status === 200 || status === 503), `${[...statuses]}`);

    const next = await ApiSite.start({ mode, cwd });
    await using _server = next.server;
    const { offset } = await next.call("history", { channel: "log:stop" });
    assertEquals([...stored].sort((a, b) => a - b), range(stored.length).map((index) => index + 1));
    assertEquals(offset, stored.length);
  },
);

withSite("error mode transport tells errors as statuses, asked or configured", async (site) => {
  const errors: readonly (readonly [string, Fields, number, number])[] = [
    ["publish", { channel: "nope:a", data: 1 }, 102, 404],
    ["publish", { channel: "log:a" }, 107, 400],
    ["presence", { channel: "off:a" }, 108, 400],
    ["history", { channel: "log:a", since: { epoch: "other" } }, 112, 416],
    ["rpc", { method: "a" }, 108, 400],
  ];
  for (const [method, params, code, status] of errors) {
    assertEquals(await site.errorOf(method, params), code);
    const headers = { "X-API-Key": API_KEY, "X-Centrifugo-Error-Mode": "transport" };
    const answer = await site.post(method, params, headers);
    assertEquals([answer.status, JSON.parse(answer.text).error.code], [status, code]);
  }
});

withSite("presence and info tell clients of every transport", async (site) => {
  const peers = [...await site.clientsOf("42"), ...await site.clientsOf("7")];
  for (const peer of peers) {
    assertEquals(outcomeOf(await peer.ask("subscribe", { channel: "log:who" })), "ok");
  }
  const { presence } = await site.call("presence", { channel: "log:who" });
  assertEquals(Object.keys(presence as Fields).sort(), idsOf(peers).sort());
  const stats = await site.call("presence_stats", { channel: "log:who" });
  assertEquals(stats, { num_clients: peers.length, num_users: 2 });
  const { channels } = await site.call("channels", { pattern: "log:*" });
  assertEquals(channels, { "log:who": { num_clients: peers.length } });
  const { nodes } = await site.call("info");
  const [{ num_clients, num_users, num_subs, num_channels } = {}] = nodes as Fields[];
  assertEquals([num_clients, num_users, num_subs, num_channels], [8, 2, 8, 1]);
  for (const peer of peers) peer.close();
});

import { assertEquals } from "@std/assert";
import { InFlight } from "../../../lifecycle/mod.ts";
import { HostPolicy, OriginPolicy, requestHandler } from "../../../server/http/mod.ts";
import type { Answer } from "../../../server/http/mod.ts";
import { Counts } from "../../../server/metrics/mod.ts";
import { RawPeer } from "../../helpers/raw_peer.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { limitsOf, settingsWith } from "../settings.ts";
import { assertRefused, Site } from "./site.ts";

interface Handled {
  readonly handler: Deno.ServeHandler<Deno.NetAddr>;
  readonly handle: (request: Request) => Promise<Response>;
  readonly requests: InFlight;
  /** The answer is out. */
  readonly complete: () => void;
  readonly errors: unknown[];
}

function handlerWith(answer: Answer, hosts?: HostPolicy): Handled {
  const requests = new InFlight();
  const counts = new Counts();
  const errors: unknown[] = [];
  const completed = Promise.withResolvers<void>();
  const { sessions, clients } = new Site();
  const settings = settingsWith();
  const guards = {
    ...{ sessions, clients, settings: () => settings, limits: limitsOf(() => settings) },
    origins: new OriginPolicy([]),
    isAccepting: () => true,
    maxConnections: () => 10,
    idleTimeoutS: 60,
  };
  const onError = (error: unknown) => void errors.push(error);
  const handler = requestHandler({ guards, answer, hosts, requests, counts, onError });
  const remoteAddr: Deno.NetAddr = { transport: "tcp", hostname: "127.0.0.1", port: 50_000 };
  const info = { remoteAddr, completed: completed.promise };
  const handle = async (request: Request) => await handler(request, info);
  return { handler, handle, requests, complete: completed.resolve, errors };
}

Deno.test("requestHandler passes a plain request on to the answer", async () => {
  const { handle } = handlerWith(({ url }) => new Response(`answer to ${url}`));
  const response = await handle(new Request("http://host/a"));
  assertEquals(await response.text(), "answer to http://host/a");
});

Deno.test("requestHandler counts a request until its answer is out", async () => {
  const { handle, requests, complete } = handlerWith(() => new Response("x"));
  await handle(new Request("http://host/a"));
  assertEquals(requests.count, 1);
  complete();
  await turns();
  assertEquals(requests.count, 0);
});

Deno.test("requestHandler turns a throw into a 500 that tells nothing, and tells of it", async () => {
  const error = new Error("secret");
  for (
    const broken of [() => Promise.reject(error), () => {
      throw error;
    }]
  ) {
    const { handle, errors } = handlerWith(broken);
    const response = await handle(new Request("http://host/a"));
    assertEquals((await response.clone().text()).includes("secret"), false);
    await assertRefused(response, 500, "internal");
    assertEquals(errors, [error]);
  }
});

Deno.test("requestHandler refuses a Host that makes no URL", async () => {
  const { handle, errors } = handlerWith(() => new Response("x"));
  const request = new Request("http://host/");
  Object.defineProperty(request, "url", { value: "http://a b/" });
  await assertRefused(await handle(request), 400, "bad_host");
  assertEquals(errors, []);
});

for (const upgrade of ["none", "websocket"]) {
  Deno.test(`requestHandler refuses a foreign name for this machine, with upgrade ${upgrade}`, async () => {
    const { handle } = handlerWith(() => new Response("not asked for"), new HostPolicy([]));
    const headers = { host: "evil.com", upgrade };
    const response = await handle(new Request("http://evil.com/channels/a", { headers }));
    await assertRefused(response, 403, "wrong_host");
  });
}

Deno.test("requestHandler answers under any name where names do not matter", async () => {
  const { handle } = handlerWith(() => new Response("answer"));
  const request = new Request("http://evil.com/a", { headers: { host: "evil.com" } });
  assertEquals(await (await handle(request)).text(), "answer");
});

Deno.test("requestHandler counts a refused upgrade until its answer is out", async () => {
  const { handle, requests, complete } = handlerWith(() => new Response("not asked for"));
  const headers = { upgrade: "websocket" };
  const response = await handle(new Request("http://host/channels/a", { headers }));
  assertEquals([response.status, requests.count], [426, 1]);
  complete();
  await turns();
  assertEquals(requests.count, 0);
});

Deno.test("requestHandler does not count a WebSocket among the requests", async () => {
  const { handler, requests } = handlerWith(() => new Response("not asked for"));
  const abort = new AbortController();
  const options = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: () => {} };
  const server = Deno.serve(options, handler);
  const peer = await RawPeer.connect({ port: server.addr.port, path: "/channels/a" });
  assertEquals(requests.count, 0);
  await peer.close(1000);
  await peer.closed;
  abort.abort();
  await server.finished;
});

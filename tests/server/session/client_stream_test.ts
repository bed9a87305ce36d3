import { assertEquals } from "@std/assert";
import { InFlight } from "../../../lifecycle/mod.ts";
import type { Identity } from "../../../server/auth/mod.ts";
import { CENTRIFUGE_JSON } from "../../../server/protocol/mod.ts";
import { turns } from "../../lifecycle/fake_clock.ts";
import { ClientScene, NOTHING } from "./client_scene.ts";
import { UNCOUNTED } from "../settings.ts";

const NOBODY: Identity = {
  ...{ user: "u", expiresAt: undefined, info: undefined, subscriptions: new Map() },
};

Deno.test("ClientSession over a stream is closed quietly while its client is being identified", async () => {
  const verified = Promise.withResolvers<void>();
  using scene = new ClientScene({
    verifier: {
      verifyConnection: () => verified.promise.then(() => ({ kind: "valid", value: NOBODY })),
    },
  });
  const completed = Promise.withResolvers<void>();
  const commands = '{"id":1,"connect":{"token":"t"}}';
  const body = scene.sessions.openStream({
    ...{ kind: "http_stream", codec: CENTRIFUGE_JSON, trustedUser: "", commands, place: UNCOUNTED },
    flight: new InFlight().track(completed.promise),
  });
  for (const connection of scene.registry.beginDrain({ joined() {}, left() {} })) {
    connection.close("flush");
  }
  verified.resolve();
  await turns(5);
  assertEquals(scene.errors, []);
  const text = await new Response(body).text();
  assertEquals(text, '{"push":{"disconnect":{"code":3001,"reason":"shutdown"}}}\n');
  completed.resolve();
  await turns(5);
  assertEquals(scene.remains, NOTHING);
});

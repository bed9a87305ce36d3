/** Runs tests of the official client by each of its ways, against one server for each mode. */
import { assertEquals } from "@std/assert";
import { CLIENT_CONFIG, ClientStage } from "./client_stage.ts";
import { WAYS } from "./client_way.ts";
import { assertStopped } from "./expectations.ts";
import { request } from "./http.ts";
import { Midgard, type Mode, MODES, type RunningMidgard } from "./midgard.ts";
import { waitFor } from "./wait.ts";

/** One behaviour: a sentence without its subject, and what proves it. */
export type Behaviours = Readonly<Record<string, (stage: ClientStage) => Promise<void>>>;

/** `fetch` and the client's sockets end a moment after they are told to. */
const UNCHECKED = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

/**
 * Registers one test for each mode, with a step for each behaviour and way. The ways of a
 * behaviour run at the same time, on channels of their own, and so do the behaviours if they are
 * mostly waiting. In the end nobody may be left.
 */
export function clientSuite(
  subject: string,
  behaviours: Behaviours,
  { isTogether = false }: { readonly isTogether?: boolean } = {},
): void {
  for (const mode of MODES) {
    Deno.test({
      name: `${subject} (${mode})`,
      ...UNCHECKED,
      fn: async (t) => {
        const cwd = await Deno.makeTempDir();
        try {
          await using server = await startServer(mode, cwd);
          const running = [];
          for (const [name, prove] of Object.entries(behaviours)) {
            const ways = proveByEachWay(t, { name: `${subject} ${name}`, prove, server });
            running.push(ways);
            if (!isTogether) await ways;
          }
          await Promise.all(running);
          await assertLeftNothing(server);
        } finally {
          await Deno.remove(cwd, { recursive: true });
        }
      },
    });
  }
}

function proveByEachWay(
  t: Deno.TestContext,
  { name, prove, server }: {
    readonly name: string;
    readonly prove: (stage: ClientStage) => Promise<void>;
    readonly server: RunningMidgard;
  },
): Promise<boolean[]> {
  return Promise.all(WAYS.map((way) =>
    t.step({
      name: `${name} (${way.name})`,
      ...UNCHECKED,
      fn: async () => {
        using stage = new ClientStage(way, server);
        await prove(stage);
      },
    })
  ));
}

async function startServer(mode: Mode, cwd: string): Promise<RunningMidgard> {
  await Deno.writeTextFile(`${cwd}/midgard.json`, JSON.stringify(CLIENT_CONFIG));
  return await Midgard.start({ mode, cwd, args: ["--config", "midgard.json"] });
}

/** No client is forgotten, no channel stays in use, and nothing was complained about. */
async function assertLeftNothing(server: RunningMidgard): Promise<void> {
  let health: Readonly<Record<string, unknown>> = {};
  const hasNobody = async () => {
    health = JSON.parse((await request(server.port, "GET /healthz")).body);
    const { connections, clients, users, channels_in_use } = health;
    return [connections, clients, users, channels_in_use].every((number) => number === 0);
  };
  await waitFor(hasNobody, {
    what: "every client and channel to be forgotten",
    explain: () => `${JSON.stringify(health)}\n${server.log}`,
  });
  assertStopped(await server.stop(), { clients: 0, terminated: 0 });
  assertEquals(server.log.lines.filter(({ level }) => level !== "info"), []);
}

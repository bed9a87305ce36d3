/**
 * Moves a small world: fish that swim, stay together and go for what is thrown to them. Its state is
 * nothing but the last message of a channel: whoever reads that can go on with it.
 *
 * ```sh
 * deno run --allow-net scripts/examples/world/backend.ts http://127.0.0.1:8000
 * ```
 *
 * @module
 */
import { advance, newWorld, type World } from "./world.ts";

const [url = "http://127.0.0.1:8000"] = Deno.args;
const TICK_MS = 100;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The world as it was left; a new one where there is none. */
async function lastWorld(): Promise<World> {
  for (;;) {
    try {
      const answer = await fetch(`${url}/channels/world?reverse&limit=1`);
      const { publications } = await answer.json();
      if (answer.ok) return publications[0]?.data ?? newWorld();
    } catch {
      // The server is away.
    }
    await pause(200);
  }
}

/**
 * Publishes a state until it is stored: the world stands still while the server is away. Gives the
 * state to go on from, which is another one where somebody else has moved the world as well.
 */
async function publish(world: World): Promise<World> {
  for (;;) {
    try {
      const answer = await fetch(`${url}/channels/world`, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": `tick ${world.tick}` },
        body: JSON.stringify(world),
      });
      await answer.body?.cancel();
      if (answer.ok) return world;
      if (answer.status === 409) return await lastWorld();
    } catch {
      // The server is away, and comes back.
    }
    await pause(100);
  }
}

/** Food that visitors have thrown since the last tick; each frame of the channel is one piece. */
const thrown: { x: number; y: number }[] = [];
const MAX_THROWN = 20;

function listen(): void {
  const socket = new WebSocket(`${url.replace("http", "ws")}/channels/food`);
  socket.onmessage = ({ data }) => {
    const [x, y] = String(data).split(" ").map(Number);
    const isPlace = x !== undefined && y !== undefined && x >= 0 && x <= 1 && y >= 0 && y <= 1;
    if (isPlace && thrown.length < MAX_THROWN) thrown.push({ x, y });
  };
  socket.onerror = (event) => event.preventDefault();
  socket.onclose = () => setTimeout(listen, 500);
}

let world = await lastWorld();
listen();
for (;;) {
  const startedAt = performance.now();
  world = await publish(advance(world, thrown.splice(0)));
  await pause(Math.max(0, TICK_MS - (performance.now() - startedAt)));
}

/** A small world: what it is, and how it goes on. @module */

/** One that swims; places are from 0 to 1, a heading is in radians. */
export interface Fish {
  readonly x: number;
  readonly y: number;
  readonly heading: number;
}

/** All there is to know. */
export interface World {
  /** Counts from 1. */
  readonly tick: number;
  readonly fish: readonly Fish[];
  readonly food: readonly { readonly x: number; readonly y: number }[];
  /** Pieces eaten since the beginning. */
  readonly eaten: number;
}

const COUNT = 40;
const SPEED = 0.008;
const TURN = 0.25;
const SIGHT = 0.12;
const MAX_FOOD = 30;

/** A world at its beginning. */
export function newWorld(random: () => number = Math.random): World {
  const fish = Array.from({ length: COUNT }, () => ({
    x: random(),
    y: random(),
    heading: random() * 2 * Math.PI,
  }));
  return { tick: 0, fish, food: [], eaten: 0 };
}

/** The world one tick later, with some more food in it. */
export function advance(world: World, thrown: World["food"]): World {
  const food = [...world.food, ...thrown].slice(-MAX_FOOD);
  const fish = world.fish.map((each) => swim(each, { ...world, food }));
  const left = food.filter((piece) => fish.every((each) => distance(each, piece) > 0.015));
  const eaten = world.eaten + food.length - left.length;
  return { tick: world.tick + 1, fish, food: left, eaten };
}

function swim(fish: Fish, world: World): Fish {
  const turn = Math.max(-TURN, Math.min(TURN, difference(wanted(fish, world), fish.heading)));
  const heading = fish.heading + turn;
  const x = Math.max(0, Math.min(1, fish.x + SPEED * Math.cos(heading)));
  const y = Math.max(0, Math.min(1, fish.y + SPEED * Math.sin(heading)));
  return { x: rounded(x), y: rounded(y), heading: rounded(heading % (2 * Math.PI)) };
}

/** Where a fish would like to go: to food, away from a wall, or with those around it. */
function wanted(fish: Fish, { fish: all, food }: World): number {
  const piece = food.toSorted((a, b) => distance(fish, a) - distance(fish, b))[0];
  if (piece !== undefined && distance(fish, piece) < 0.4) return towards(fish, piece);
  const isAtWall = Math.min(fish.x, fish.y, 1 - fish.x, 1 - fish.y) < 0.06;
  if (isAtWall) return towards(fish, { x: 0.5, y: 0.5 });
  const around = all.filter((other) => other !== fish && distance(fish, other) < SIGHT);
  const close = around.find((other) => distance(fish, other) < 0.025);
  if (close !== undefined) return towards(close, fish);
  const [dx, dy] = around.reduce(
    ([x, y], { heading }) => [x + Math.cos(heading), y + Math.sin(heading)],
    [Math.cos(fish.heading), Math.sin(fish.heading)],
  );
  return Math.atan2(dy, dx) + 0.06;
}

type Place = Pick<Fish, "x" | "y">;

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function towards(from: Place, to: Place): number {
  return Math.atan2(to.y - from.y, to.x - from.x);
}

/** The shorter way round from one heading to another. */
function difference(to: number, from: number): number {
  return Math.atan2(Math.sin(to - from), Math.cos(to - from));
}

function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

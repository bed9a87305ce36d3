import { assertEquals, assertNotEquals } from "@std/assert";
import { Publishers } from "../../../server/hub/publishers.ts";

Deno.test("Publishers gives each publication a number, and its publisher back once", () => {
  const publishers = new Publishers();
  const [one, two] = [{}, {}];
  const numbers = [publishers.add(one), publishers.add(one), publishers.add(two)];
  assertEquals(new Set(numbers).size, 3);
  assertEquals(publishers.take(numbers[1]) === one, true);
  assertEquals(publishers.take(numbers[1]), undefined);
  assertEquals(publishers.take(numbers[2]) === two, true);
  assertEquals(publishers.take(undefined), undefined);
});

Deno.test("Publishers forgets the first ones when too many are on their way", () => {
  const publishers = new Publishers();
  const first = publishers.add({});
  let last = first;
  for (let count = 0; count < 65_536; count++) last = publishers.add({});
  assertEquals(publishers.take(first), undefined);
  assertNotEquals(publishers.take(last), undefined);
});

import { assertEquals } from "@std/assert";
import {
  DURATION,
  listOf,
  oneOf,
  SWITCH,
  text,
  wholeNumber,
} from "../../../server/config/option_types.ts";

const DURATIONS: Readonly<Record<string, number>> = {
  "0s": 0,
  "0ms": 0,
  "1ms": 1,
  "250ms": 250,
  "5s": 5_000,
  "1.5s": 1_500,
  "0.25s": 250,
  "2m": 120_000,
  "0.5m": 30_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
  "007s": 7_000,
};

const NO_DURATIONS = [
  "",
  " ",
  "5",
  "s",
  "5 s",
  " 5s",
  "5s ",
  "-5s",
  "+5s",
  "5S",
  "5sec",
  "5s2m",
  "5.s",
  ".5s",
  "5.1234s",
  "1e3s",
  "0x5s",
  "5,5s",
  "Infinitys",
  "NaNms",
  "5us",
  "1234567890s",
  "٥s",
  "5s\n",
];

for (const [duration, ms] of Object.entries(DURATIONS)) {
  Deno.test(`DURATION takes ${duration} for ${ms} ms`, () => {
    assertEquals(DURATION.parse(duration), { kind: "value", value: ms });
  });
}

for (const duration of NO_DURATIONS) {
  Deno.test(`DURATION refuses ${JSON.stringify(duration)}`, () => {
    assertEquals(DURATION.parse(duration).kind, "refused");
  });
}

Deno.test("DURATION prints what it reads, in the largest unit that fits", () => {
  const printed = [0, 1, 250, 1_500, 5_000, 60_000, 90_000, 3_600_000, 86_400_000].map((ms) =>
    DURATION.print(ms)
  );
  assertEquals(printed, ["0s", "1ms", "250ms", "1500ms", "5s", "1m", "90s", "1h", "1d"]);
});

Deno.test("DURATION reads what it prints", () => {
  for (const ms of [0, 1, 999, 1_000, 61_000, 86_400_000, 123_456_789]) {
    assertEquals(DURATION.parse(DURATION.print(ms)), { kind: "value", value: ms });
  }
});

// Known defect: a timer cannot hold more than 24.8 days, so such a wait is over at once.
Deno.test("DURATION refuses what no timer can hold", () => {
  assertEquals(DURATION.parse("30d").kind, "refused");
});

Deno.test("wholeNumber takes its bounds and what is between them", () => {
  const type = wholeNumber(1, 65_535);
  for (const value of [1, 2, 8_000, 65_535]) {
    assertEquals(type.parse(`${value}`), { kind: "value", value });
  }
});

for (
  const number of ["0", "65536", "-1", "1.5", "1e3", "0x10", "8_000", " 1", "1 ", "", "NaN", "one"]
) {
  Deno.test(`wholeNumber from 1 to 65535 refuses ${JSON.stringify(number)}`, () => {
    const rule = "a whole number from 1 to 65535";
    assertEquals(wholeNumber(1, 65_535).parse(number), { kind: "refused", rule });
  });
}

Deno.test("text takes anything but nothing", () => {
  const type = text("<folder>", "a folder");
  assertEquals(type.parse("./a b"), { kind: "value", value: "./a b" });
  assertEquals(type.parse(""), { kind: "refused", rule: "a folder" });
});

Deno.test("oneOf takes its words, to the letter", () => {
  const type = oneOf(["debug", "info"]);
  assertEquals(type.parse("info"), { kind: "value", value: "info" });
  for (const word of ["", "INFO", "inf", "information", "constructor"]) {
    assertEquals(type.parse(word), { kind: "refused", rule: "one of debug, info" });
  }
});

Deno.test("listOf reads a comma-separated list and trims its items", () => {
  const type = listOf(text("<origin>", "an origin"));
  assertEquals(type.parse("a"), { kind: "value", value: ["a"] });
  assertEquals(type.parse("a, b ,c"), { kind: "value", value: ["a", "b", "c"] });
});

Deno.test("listOf refuses a list with an item that its type refuses", () => {
  const type = listOf(oneOf(["1", "2"]));
  assertEquals(type.parse("1,2,3"), { kind: "refused", rule: "one of 1, 2" });
});

for (const list of ["", ",", "a,", ",a", "a,,b"]) {
  Deno.test(`listOf refuses the missing item in ${JSON.stringify(list)}`, () => {
    assertEquals(listOf(text("<origin>", "an origin")).parse(list).kind, "refused");
  });
}

const SWITCHES: Readonly<Record<string, boolean>> = {
  "": true,
  "true": true,
  "1": true,
  "false": false,
  "0": false,
};

for (const [word, value] of Object.entries(SWITCHES)) {
  Deno.test(`SWITCH takes ${JSON.stringify(word)} for ${value}`, () => {
    assertEquals(SWITCH.parse(word), { kind: "value", value });
  });
}

for (const word of ["yes", "no", "on", "off", "TRUE", "2", " "]) {
  Deno.test(`SWITCH refuses ${JSON.stringify(word)}`, () => {
    assertEquals(SWITCH.parse(word), { kind: "refused", rule: "true or false" });
  });
}

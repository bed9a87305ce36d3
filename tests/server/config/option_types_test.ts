import { assertEquals } from "@std/assert";
import {
  DURATION,
  duration,
  listOf,
  matching,
  oneOf,
  optional,
  orBlank,
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

Deno.test("duration refuses what is below its least or above its most", () => {
  const type = duration({ minMs: 1_000, maxMs: 172_800_000 });
  assertEquals(type.parse("1s"), { kind: "value", value: 1_000 });
  assertEquals(type.parse("999ms"), { kind: "refused", rule: "a duration of at least 1s" });
  assertEquals(type.parse("49h"), { kind: "refused", rule: "a duration of at most 2 days" });
});

Deno.test("matching takes what its pattern allows", () => {
  const type = matching(/^a+$/, { placeholder: "<a>", what: "some a" });
  assertEquals(type.parse("aa"), { kind: "value", value: "aa" });
  assertEquals(type.parse("ab"), { kind: "refused", rule: "some a" });
});

const TYPES = {
  DURATION,
  SWITCH,
  text: text("<text>", "a text"),
  oneOf: oneOf(["", "some"]),
  listOf: listOf(oneOf(["some"])),
  wholeNumber: wholeNumber(0, 10),
};

for (const [name, type] of Object.entries(TYPES)) {
  Deno.test(`${name} refuses JSON of other types`, () => {
    const own = name === "SWITCH"
      ? "boolean"
      : name === "listOf"
      ? "list"
      : name === "wholeNumber"
      ? "number"
      : "string";
    const others = { number: 5, boolean: true, string: "5s", list: [], object: {}, null: null };
    for (const [kind, json] of Object.entries(others)) {
      if (kind !== own) assertEquals(type.read(json).kind, "refused", kind);
    }
  });
}

Deno.test("wholeNumber refuses JSON numbers that are not whole or out of bounds", () => {
  for (const json of [-1, 1.5, 11, 1e21, NaN]) {
    assertEquals(TYPES.wholeNumber.read(json).kind, "refused", `${json}`);
  }
  assertEquals(TYPES.wholeNumber.read(1e1), { kind: "value", value: 10 });
});

Deno.test("every type reads from JSON what it writes", () => {
  assertEquals(DURATION.read(DURATION.write(1_500)), { kind: "value", value: 1_500 });
  assertEquals(SWITCH.read(SWITCH.write(false)), { kind: "value", value: false });
  const { listOf, wholeNumber } = TYPES;
  assertEquals(listOf.read(listOf.write(["some"])), { kind: "value", value: ["some"] });
  assertEquals(wholeNumber.read(wholeNumber.write(7)), { kind: "value", value: 7 });
});

Deno.test("optional takes an empty text in JSON for nothing, and nowhere else", () => {
  const type = optional(text("<text>", "a text"));
  assertEquals(type.read(""), { kind: "value", value: undefined });
  assertEquals([type.parse("").kind, type.read(null).kind], ["refused", "refused"]);
  assertEquals(optional(SWITCH).read("").kind, "refused");
  assertEquals([type.print(undefined), type.write(undefined)], ["", undefined]);
});

Deno.test("orBlank takes an empty text in JSON for its value", () => {
  assertEquals(orBlank(oneOf(["a", "b"]), "a").read(""), { kind: "value", value: "a" });
  assertEquals(orBlank(oneOf(["a", "b"]), "a").read("c").kind, "refused");
});

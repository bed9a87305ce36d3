import type { CommandUsage } from "./command.ts";

/** The shells that can complete a command line. */
export const SHELLS = ["bash", "zsh", "fish"] as const;
/** See {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** Commands that need no server. */
export const LOCAL_COMMANDS: readonly CommandUsage[] = [
  {
    name: "token",
    summary: "sign a connection or subscription token for development",
    forms: [
      "token [--user <id>] [--channels <names>] [options]",
      "token --channel <name> [--user <id>] [--client <id>] [options]",
    ],
    flags: [
      {
        flag: "user",
        value: "<id>",
        help: "whose token it is (default: nobody's, for an anonymous client)",
      },
      {
        flag: "channels",
        value: "<names>",
        help: "channels the connection is subscribed to, separated by commas",
      },
      {
        flag: "channel",
        value: "<name>",
        help: "makes it a subscription token, to this channel",
      },
      {
        flag: "client",
        value: "<id>",
        help: "the only connection that may use it (default: any of the user)",
      },
      { flag: "info", value: "<json>", help: "what others are told of the client" },
      { flag: "ttl", value: "<duration>", help: "how long it holds (default: 1h)" },
      { flag: "no-expiry", help: "it holds for ever" },
      {
        flag: "secret",
        value: "<secret>",
        help: "HMAC secret of the server; others on this machine can see it here, " +
          "MIDGARD_TOKEN_SECRET is hidden from them",
      },
      { flag: "json", help: "token and claims as JSON, for programs" },
    ],
    notes: ["Prints the token (HS256) and nothing else."],
    examples: [
      "midgard token --user 42",
      "midgard token --user 42 --channel room:7 --ttl 10m",
      "MIDGARD_TOKEN=$(midgard token --user 42) midgard sub room:7",
    ],
    exitCodes: [["0", "signed"], ["2", "wrong options, or no secret"]],
  },
  {
    name: "config",
    summary: "look at the configuration without running a server",
    forms: [
      "config --check <file> [options of serve]",
      "config --print [--json] [options of serve]",
      "config --schema",
    ],
    takesServeOptions: true,
    flags: [
      {
        flag: "check",
        value: "<file>",
        help: "lists all that is wrong with a configuration file, as a start with it would",
        offers: "files",
      },
      {
        flag: "print",
        help:
          "each value in effect and where it comes from: a flag, a variable, the file, or its " +
          "default; secrets are hidden",
      },
      { flag: "json", help: "the same as JSON, for programs" },
      { flag: "schema", help: "the JSON Schema of configuration files" },
    ],
    notes: [],
    examples: [
      "midgard config --check midgard.json",
      "midgard config --print --config midgard.json --port 9000",
      "midgard config --schema > midgard.schema.json",
    ],
    exitCodes: [["0", "a start would not be refused"], ["2", "it would, or wrong options"]],
  },
  {
    name: "completion",
    summary: "print a script with which a shell completes these commands",
    forms: [`completion <${SHELLS.join("|")}>`],
    maxArguments: 1,
    offers: SHELLS,
    flags: [],
    notes: [],
    examples: [
      "source <(midgard completion bash)",
      `midgard completion zsh > "\${fpath[1]}/_midgard"`,
      "midgard completion fish > ~/.config/fish/completions/midgard.fish",
    ],
    exitCodes: [["0", "printed"], ["2", "no such shell"]],
  },
];

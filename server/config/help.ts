import type { Option } from "./options.ts";
import { defaultText, OPTIONS } from "./options.ts";

const USAGE =
  `midgard: a realtime WebSocket server that can be stopped at any moment without losing a message

Usage:
  midgard [serve] [options]    run the server
  midgard status               ask a running server how it is; see midgard status --help
  midgard token                sign a token for development; see midgard token --help
  midgard --help               print this
  midgard --version            print the version

Options of serve (each also as an environment variable; a flag wins):
`;

const EXAMPLES = `
Durations are 250ms, 5s, 2m, 24h.

Examples:
  midgard                                    http://127.0.0.1:8000
  midgard --port 9000 --public ./dist        serve a folder beside the channels
  midgard --drain-delay 5s --stop-timeout 20s
  curl -d hello http://127.0.0.1:8000/channels/lobby
`;

/** What `midgard --help` prints, made from the table of options. */
export function helpText(): string {
  const rows = Object.values<Option<unknown>>(OPTIONS).map((option) => ({
    flag: `--${option.flag} ${option.type.placeholder}`.trimEnd(),
    help: option.help,
    note: [option.env, defaultText(option) && `default: ${defaultText(option)}`].filter(Boolean)
      .join(", "),
  }));
  const width = Math.max(...rows.map(({ flag }) => flag.length));
  const lines = rows.map(({ flag, help, note }) =>
    `  ${flag.padEnd(width)}  ${help}\n  ${" ".repeat(width)}  (${note})\n`
  );
  return USAGE + lines.join("") + EXAMPLES;
}

/** The README's table of options, in Markdown. */
export function optionsTable(): string {
  const rows = Object.values<Option<unknown>>(OPTIONS).map((option) =>
    `| \`--${option.flag}\` | \`${option.env}\` | ${
      defaultText(option) || "–"
    } | ${option.help} |\n`
  );
  return `| flag | environment | default | meaning |\n|---|---|---|---|\n${rows.join("")}`;
}

import type { Option } from "./options.ts";
import { OPTIONS } from "./options.ts";
import { defaultText } from "./setting.ts";

const HEAD =
  `midgard: a realtime WebSocket server that can be stopped at any moment without losing a message

Usage:
  midgard [serve] [options]    run the server
`;

const TAIL = `  midgard <command> --help     explain a command
  midgard --help               print this
  midgard --version            print the version

Options of serve (each also as a variable, and as a key in the file of --config; a flag wins over a
variable, a variable over the file):
`;

const EXAMPLES = `
Durations are 250ms, 5s, 2m, 24h.

Examples:
  midgard                                    http://127.0.0.1:8000
  midgard --port 9000 --public ./dist        serve a folder beside the channels
  midgard --drain-delay 5s --stop-timeout 20s
  curl -d hello http://127.0.0.1:8000/channels/lobby
`;

/** What `midgard --help` prints, made from the table of options; `commands` are lines about others. */
export function helpText(commands: string): string {
  const rows = Object.values<Option<unknown>>(OPTIONS).map((option) => ({
    flag: `--${option.flag} ${option.type.placeholder}`.trimEnd(),
    help: option.help,
    note: [option.env, defaultText(option) && `default: ${defaultText(option)}`]
      .filter(Boolean).join(", "),
  }));
  const width = Math.max(...rows.map(({ flag }) => flag.length));
  const lines = rows.map(({ flag, help, note }) =>
    `  ${flag.padEnd(width)}  ${help}\n  ${" ".repeat(width)}  (${note})\n`
  );
  return HEAD + commands + TAIL + lines.join("") + EXAMPLES;
}

/** The README's table of options, in Markdown. */
export function optionsTable(): string {
  const rows = Object.values<Option<unknown>>(OPTIONS).map((option) =>
    [
      `| \`--${option.flag}\``,
      `\`${option.env}\``,
      option.key === undefined ? "–" : `\`${option.key}\``,
      defaultText(option) || "–",
      `${option.help} |\n`,
    ].join(" | ")
  );
  const head = "| flag | environment | key | default | meaning |\n|---|---|---|---|---|\n";
  return head + rows.join("");
}

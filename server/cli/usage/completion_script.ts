import type { Option } from "../../config/mod.ts";
import { OPTIONS } from "../../config/mod.ts";
import type { CommandFlag } from "./command.ts";
import { COMMAND_TABLE } from "./command_table.ts";
import type { Shell } from "./local_commands.ts";

/** One command as a shell sees it. */
interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly flags: readonly CommandFlag[];
  /** Words for its arguments. */
  readonly words: readonly string[];
}

/** A script with which a shell completes commands, their flags, and values that can be known. */
export function completionScript(shell: Shell): string {
  const commands = completed();
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      return zshScript(commands);
    case "fish":
      return fishScript(commands);
  }
}

function completed(): Completed[] {
  const help: CommandFlag = { flag: "help", help: "explain the command" };
  const serve = Object.values<Option<unknown>>(OPTIONS).map(serveFlag);
  const others = COMMAND_TABLE.map(({ name, summary, flags, offers = [], takesServeOptions }) => {
    const own = new Set(flags.map(({ flag }) => flag));
    const more = takesServeOptions === true ? serve.filter(({ flag }) => !own.has(flag)) : [];
    return { name, summary, flags: [...flags, ...more, help], words: offers };
  });
  const version: CommandFlag = { flag: "version", help: "print the version" };
  const main = { name: "serve", summary: "run the server", flags: [...serve, help, version] };
  return [{ ...main, words: [] }, ...others];
}

/** The placeholder tells what a value is: `<file>`, or the words `<commit|disk>`. */
function serveFlag({ flag, type: { placeholder: value }, help }: Option<unknown>): CommandFlag {
  if (value === "") return { flag, help };
  const isFile = /file|folder/.test(value);
  const words = /^<([\w|]+)>$/.exec(value)?.[1]?.split("|") ?? [];
  const offers = isFile ? "files" : words.length > 1 ? words : [];
  return { flag, value, help, offers };
}

function bashScript(commands: readonly Completed[]): string {
  const flagCases = commands.map(({ name, flags, words }) =>
    `    ${name}) words=${
      quoted([...words, ...flags.map(({ flag }) => `--${flag}`)].join(" "))
    } ;;\n`
  );
  const valueCases = commands.flatMap(({ name, flags }) =>
    flags.filter(({ value }) => value !== undefined).map(({ flag, offers = [] }) => {
      const reply = offers === "files"
        ? "local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$word\"))"
        : `COMPREPLY=($(compgen -W ${quoted(offers.join(" "))} -- "$word"))`;
      return `    "${name} --${flag}") ${reply}; return ;;\n`;
    })
  );
  return `# bash completion of midgard: source <(midgard completion bash)
_midgard() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command=serve words names=${quoted(commands.map(({ name }) => name).join(" "))}
  COMPREPLY=()
  if [[ $COMP_CWORD -gt 1 && " $names " == *" \${COMP_WORDS[1]} "* ]]; then
    command="\${COMP_WORDS[1]}"
  fi
  case "$command $previous" in
${valueCases.join("")}  esac
  case "$command" in
${flagCases.join("")}  esac
  [[ $COMP_CWORD -eq 1 ]] && words="$names $words"
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o filenames -F _midgard midgard ./midgard
`;
}

function zshScript(commands: readonly Completed[]): string {
  const names = commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}\n`);
  const cases = commands.map(({ name, flags, words }) => {
    const specs = flags.map(zshFlag);
    const first = words.length > 0 ? [quoted(`1:argument:(${words.join(" ")})`)] : [];
    return `    ${name}) _arguments ${[...first, ...specs].join(" \\\n      ")} ;;\n`;
  });
  return `#compdef midgard
# zsh completion of midgard: midgard completion zsh > "\${fpath[1]}/_midgard"
_midgard() {
  local -a names
  names=(
${names.join("")}  )
  if (( CURRENT == 2 )) && [[ "$words[2]" != -* ]]; then
    _describe command names
    return
  fi
  local command=serve
  if [[ "$words[2]" != -* ]]; then
    command="$words[2]"
    shift words
    (( CURRENT-- ))
  fi
  case "$command" in
${cases.join("")}  esac
}
if [[ "$funcstack[1]" == _midgard ]]; then _midgard "$@"; else compdef _midgard midgard; fi
`;
}

/** A flag as \`_arguments\` takes it. */
function zshFlag({ flag, value, help, offers = [] }: CommandFlag): string {
  const what = help.replace(/[[\]:\\]/g, "\\$&");
  if (value === undefined) return quoted(`--${flag}[${what}]`);
  const action = offers === "files" ? "_files" : offers.length > 0 ? `(${offers.join(" ")})` : " ";
  return quoted(`--${flag}=[${what}]:value:${action}`);
}

function fishScript(commands: readonly Completed[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const lines = commands.flatMap(({ name, summary, flags, words }) => [
    `complete -c midgard -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...words.map((word) => `complete -c midgard -n '${seen(name)}' -a ${word}`),
    ...flags.map(({ flag, value, help, offers = [] }) => {
      const takes = value === undefined
        ? ""
        : offers === "files"
        ? " -rF"
        : ` -x${offers.length > 0 ? ` -a ${quoted(offers.join(" "))}` : ""}`;
      return `complete -c midgard -n '${seen(name)}' -l ${flag}${takes} -d ${quoted(help)}`;
    }),
  ]);
  return `# fish completion of midgard: midgard completion fish | source
# Its commands: ${names}
complete -c midgard -f
${lines.join("\n")}
`;
}

/** A fish condition: this command stands on the line; without any it is serve. */
function seen(name: string): string {
  const isThere = `__fish_seen_subcommand_from ${name}`;
  return name === "serve" ? `${isThere}; or __fish_use_subcommand` : isThere;
}

/** In single quotes, for any of the shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

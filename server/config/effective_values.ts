import type { ConfigFile } from "./config_file.ts";
import { fileSource } from "./config_file.ts";
import type { Given, Source } from "./flags.ts";
import type { Option, OptionValues } from "./options.ts";
import { OPTIONS } from "./options.ts";
import type { Setting, Settings } from "./setting.ts";
import { HIDDEN } from "./setting.ts";

/** One value that is in effect, as it may be printed: a secret is hidden. */
export interface EffectiveValue {
  /** Its place in the configuration file, or its flag where it has none. */
  readonly key: string;
  /** As a person reads it; empty where there is none. */
  readonly text: string;
  /** As the configuration file would give it; undefined where there is none. */
  readonly json: unknown;
  readonly source: Source;
}

/** Flags and variables by the names of their options, and a file. */
export interface GivenValues {
  readonly options: ReadonlyMap<string, Given>;
  readonly file: ConfigFile;
}

const OPTION_ROWS = Object.entries<Option<unknown>>(OPTIONS);

/** Finds the value of every setting, flag over variable over file over default, and notes them. */
export class EffectiveValues {
  readonly file: ConfigFile;
  readonly #options: ReadonlyMap<string, Given>;
  readonly #shown = new Map<string, EffectiveValue>();

  constructor({ options, file }: GivenValues) {
    this.file = file;
    this.#options = options;
  }

  /** The values of the table of options. */
  takeOptions(): OptionValues {
    const values = OPTION_ROWS.map(([name, option]) => {
      const key = option.key ?? `--${option.flag}`;
      const given = this.#options.get(name) ?? this.#inFile(key, option);
      this.#show(key, option, given);
      return [name, given.value] as const;
    });
    // Every name of the table was just given a value of its row's type.
    return Object.fromEntries(values) as OptionValues;
  }

  /** The values of another table, whose keys stand behind `prefix`. Options are taken before. */
  take<T>(settings: Settings<T>, prefix: string): T {
    const values = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => {
      const key = `${prefix}${setting.key}`;
      const given = this.#inFile(key, setting);
      // A key of two tables is an option's, who knows of flags.
      if (!this.#shown.has(key)) this.#show(key, setting, given);
      return [name, given.value] as const;
    });
    // As above.
    return Object.fromEntries(values) as T;
  }

  /** Tells what a value amounts to where others have a say in it. */
  amend<T>(setting: Setting<T>, value: T, prefix = ""): void {
    const key = `${prefix}${setting.key}`;
    this.#show(key, setting, { source: this.sourceOf(key), value });
  }

  /** Where the value of a key came from; `default` for one that nobody gave. */
  sourceOf(key: string): Source {
    return this.#shown.get(key)?.source ?? "default";
  }

  /** How a value is named in a problem: by its source, or by where it would be given. */
  nameOf(key: string): string {
    const source = this.sourceOf(key);
    if (source !== "default") return source;
    const option = OPTION_ROWS.find(([, row]) => row.key === key)?.[1];
    return option === undefined ? fileSource(this.file.path, key) : `--${option.flag}`;
  }

  /** All of them, options first. */
  get all(): readonly EffectiveValue[] {
    return [...this.#shown.values()];
  }

  #inFile(key: string, setting: Setting<unknown>): Given {
    const { values, path } = this.file;
    return values.has(key)
      ? { source: fileSource(path, key), value: values.get(key) }
      : { source: "default", value: setting.default };
  }

  #show(key: string, setting: Setting<unknown>, { value, source }: Given): void {
    const { type, isSecret, defaultText } = setting;
    const isHidden = isSecret === true && value !== undefined;
    const isInWords = Object.is(value, setting.default) && defaultText !== undefined;
    const text = isHidden ? HIDDEN : isInWords ? defaultText : type.print(value);
    const json = isHidden ? HIDDEN : type.write(value);
    this.#shown.set(key, { key, text, json, source });
  }
}

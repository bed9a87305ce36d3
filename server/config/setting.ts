import type { OptionType } from "./option_types.ts";

/** One value of the configuration: where it stands in the file and what it means. */
export interface Setting<T> {
  /** Its name in the file, dots between sections; undefined for what cannot stand there. */
  readonly key: string | undefined;
  readonly type: OptionType<T>;
  /** The value when none is given; undefined where there is none. */
  readonly default: T;
  /** How the default reads in `--help` and the README, where the value alone does not say it. */
  readonly defaultText?: string;
  /** One line, for `--help`, the README and the JSON Schema. */
  readonly help: string;
  /** Whether its value is never printed. */
  readonly isSecret?: boolean;
}

/** A table of settings, by the names of their values inside the program. */
export type Settings<T> = { readonly [Name in keyof T]: Setting<T[Name]> };

/** A table of settings without their defaults. */
export type SettingRows<T> = { readonly [Name in keyof T]: Omit<Setting<T[Name]>, "default"> };

/** What is said in place of a secret. */
export const HIDDEN = "(set)";

/** A table of settings with the defaults that an object of their values holds. */
export function withDefaults<T extends object>(
  rows: SettingRows<T>,
  defaults: T,
): Settings<T> {
  const values = new Map<string, unknown>(Object.entries(defaults));
  const settings = Object.entries<object>(rows).map(([name, row]) =>
    [name, { ...row, default: values.get(name) }] as const
  );
  // Every row of the table was just given the default of its own name and type.
  return Object.fromEntries(settings) as Settings<T>;
}

/** How a setting's default reads; empty where there is none. */
export function defaultText<T>(setting: Setting<T>): string {
  if (setting.defaultText !== undefined) return setting.defaultText;
  return setting.default === undefined ? "" : setting.type.print(setting.default);
}

/** One flag of a command. */
export interface CommandFlag {
  /** Without the dashes: `since`. */
  readonly flag: string;
  /** Placeholder of its value: `<url>`; a switch has none. */
  readonly value?: string;
  readonly help: string;
  /** What a shell offers for the value: files, or one of these words. @default nothing */
  readonly offers?: "files" | readonly string[];
}

/** All there is to know about the use of a command: what it takes, and what it gives back. */
export interface CommandUsage {
  readonly name: string;
  /** Completes "midgard <name>: …". */
  readonly summary: string;
  /** Ways to call it, without the name of the program. */
  readonly forms: readonly string[];
  /** How many arguments it takes that are no flags. @default 0 */
  readonly maxArguments?: number;
  /** What a shell offers for those. @default nothing */
  readonly offers?: readonly string[];
  readonly flags: readonly CommandFlag[];
  /** Whether it takes the options of `serve` as well. @default false */
  readonly takesServeOptions?: boolean;
  /** Paragraphs. */
  readonly notes: readonly string[];
  /** Lines of a shell. */
  readonly examples: readonly string[];
  /** Codes and what each means. */
  readonly exitCodes: readonly (readonly [code: string, meaning: string])[];
}

/** Flags that several commands have. */
export const URL_FLAG: CommandFlag = {
  flag: "url",
  value: "<url>",
  help: "address of the server (default: http://127.0.0.1:8000)",
};
/** See {@linkcode URL_FLAG}. */
export const CA_FLAG: CommandFlag = {
  flag: "ca",
  value: "<file>",
  help: "trust the certificates of these authorities as well (PEM), for https",
  offers: "files",
};
/** See {@linkcode URL_FLAG}. */
export const TOKEN_FLAG: CommandFlag = {
  flag: "token",
  value: "<token>",
  help: "token of a client; others on this machine can see it here, MIDGARD_TOKEN is hidden from " +
    "them",
};

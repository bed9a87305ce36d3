import { VERSION } from "../version.ts";

/** What a person who just started the server wants to know. */
export interface BannerFacts {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  readonly startupMs: number;
  /** Where history is and how much is in it. */
  readonly history: string;
  readonly hasColour: boolean;
}

/** The lines of a pretty start. */
export function bannerLines({ url, startupMs, history, hasColour }: BannerFacts): string[] {
  const paint = (code: string, text: string) => hasColour ? `\x1b[${code}m${text}\x1b[0m` : text;
  const rows = [
    ["page", `${url}/`],
    ["WebSocket", `${url.replace(/^http/, "ws")}/channels/lobby`],
    ["publish", `curl -d hello ${url}/channels/lobby`],
    ["history", history],
  ];
  return [
    "",
    `  ${paint("1", `Midgard ${VERSION}`)} ready in ${startupMs} ms`,
    "",
    ...rows.map(([name = "", value = ""]) =>
      `  ${paint("90", name.padEnd(10))} ${paint("36", value)}`
    ),
    "",
    `  ${paint("90", "Press Ctrl-C to stop")}`,
    "",
  ];
}

/** `curl`, the one client at hand that speaks HTTP/2 as a program of its own. */

/** What it got. */
export interface CurlAnswer {
  /** `1.1` or `2`. */
  readonly version: string;
  readonly status: number;
  readonly body: string;
}

/** Runs `curl` with these arguments. @throws {Error} with what it said if it fails. */
export async function curl(...args: string[]): Promise<CurlAnswer> {
  const write = ["--silent", "--show-error", "--write-out", "\n%{http_version} %{http_code}"];
  const command = new Deno.Command("curl", { args: [...write, ...args] });
  const { code, stdout, stderr } = await command.output();
  const [text, problem] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (code !== 0) throw new Error(`curl ended with code ${code}: ${problem}\n${text}`);
  const [, body = "", version = "", status] = /^([^]*)\n(\S+) (\d+)$/.exec(text ?? "") ?? [];
  return { version, status: Number(status), body };
}

import type { Finding, Source } from "./source.ts";

const DRAWERS = ["types", "utils", "helpers", "constants"];
const SNAKE_CASE = /^[a-z0-9]+(_[a-z0-9]+)*$/;

/** A file is named in snake_case after the one thing it holds, never after the kind of drawer. */
export function fileName({ path }: Source): Finding[] {
  const [stem = ""] = (path.split("/").at(-1) ?? "").split(".");
  const sentence = DRAWERS.includes(stem)
    ? `a file named ${stem} collects what has no place: name it after its one subject`
    : SNAKE_CASE.test(stem)
    ? undefined
    : "a file name is snake_case";
  return sentence ? [{ path, line: 1, rule: "file-name", sentence }] : [];
}

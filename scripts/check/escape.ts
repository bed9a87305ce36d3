import ts from "typescript";
import { type Finding, isProduct, lineOf, nodesOf, type Source } from "./source.ts";

const DIRECTIVE = /\/[/*]\s*(@ts-ignore|@ts-expect-error|@ts-nocheck|deno-lint-ignore\S*)/;

/** The program has no `any`, and no comment that silences the compiler or the linter. */
export function escape(source: Source): Finding[] {
  if (!isProduct(source)) return [];
  return [...anyTypes(source), ...directives(source)];
}

function* anyTypes(source: Source): Generator<Finding> {
  for (const node of nodesOf(source)) {
    if (node.kind !== ts.SyntaxKind.AnyKeyword) continue;
    yield finding(source, lineOf(source, node), "any switches the types off: use unknown");
  }
}

function* directives(source: Source): Generator<Finding> {
  for (const [index, text] of source.text.split("\n").entries()) {
    const directive = text.match(DIRECTIVE)?.[1];
    if (directive) yield finding(source, index + 1, `${directive} hides what should be mended`);
  }
}

function finding({ path }: Source, line: number, sentence: string): Finding {
  return { path, line, rule: "escape", sentence };
}

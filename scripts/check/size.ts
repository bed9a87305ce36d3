import ts from "typescript";
import { type Finding, lineCountOf, lineOf, nodesOf, type Source } from "./source.ts";

const MAX_FILE_LINES = 250;
const MAX_FUNCTION_LINES = 40;

/**
 * A file has at most 250 lines, a function at most 40 from its name to its last brace.
 *
 * The bodies of tests do not count towards the function that registers them: a contract suite is
 * one function and as long as its contract.
 */
export function size(source: Source): Finding[] {
  return [...fileSize(source), ...functionSizes(source)];
}

function fileSize(source: Source): Finding[] {
  const lines = source.text.replace(/\n$/, "").split("\n").length;
  if (lines <= MAX_FILE_LINES) return [];
  return [finding(source, 1, `the file has ${lines} lines, ${MAX_FILE_LINES} are allowed`)];
}

function functionSizes(source: Source): Finding[] {
  const findings: Finding[] = [];
  for (const node of nodesOf(source)) {
    if (!isFunction(node)) continue;
    const lines = ownLineCount(source, node);
    if (lines <= MAX_FUNCTION_LINES) continue;
    const sentence = `${nameOf(node)} has ${lines} lines, ${MAX_FUNCTION_LINES} are allowed`;
    findings.push(finding(source, lineOf(source, node), sentence));
  }
  return findings;
}

function finding(source: Source, line: number, sentence: string): Finding {
  return { path: source.path, line, rule: "size", sentence };
}

function isFunction(node: ts.Node): node is ts.FunctionLikeDeclaration {
  return ts.isFunctionLike(node) && "body" in node && node.body !== undefined;
}

function ownLineCount(source: Source, node: ts.Node): number {
  let lines = lineCountOf(source, node);
  const subtractTests = (child: ts.Node): void => {
    if (!isTestBody(child)) return child.forEachChild(subtractTests);
    lines -= lineCountOf(source, child);
  };
  node.forEachChild(subtractTests);
  return lines;
}

/** Whether a node is the function given to `Deno.test(...)` or `t.step(...)`. */
function isTestBody(node: ts.Node): boolean {
  if (!isFunction(node)) return false;
  let taker: ts.Node = node.parent;
  while (ts.isPropertyAssignment(taker) || ts.isObjectLiteralExpression(taker)) {
    taker = taker.parent;
  }
  return ts.isCallExpression(taker) && /^Deno\.test\b|\.step$/.test(taker.expression.getText());
}

function nameOf(node: ts.FunctionLikeDeclaration): string {
  if (ts.isConstructorDeclaration(node)) return "the constructor";
  const named = node.name ?? (ts.isVariableDeclaration(node.parent) ? node.parent.name : undefined);
  return named?.getText() ?? "an unnamed function";
}

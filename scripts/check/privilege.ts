import ts from "typescript";
import { importsOf } from "./imports.ts";
import { type Finding, isProduct, lineOf, nodesOf, type Source } from "./source.ts";

/** What reaches out of the program, and the one file that may. */
const HOMES: Readonly<Record<string, string>> = {
  "Deno.args": "main.ts",
  "Deno.env": "main.ts",
  "Deno.exit": "main.ts",
  "Deno.addSignalListener": "lifecycle/signals.ts",
  "Deno.removeSignalListener": "lifecycle/signals.ts",
  "Deno.listenDatagram": "lifecycle/systemd.ts",
  "node:sqlite": "server/history/sqlite_file.ts",
};

/** What touches the process or the machine has one home; tests and scripts are free. */
export function privilege(source: Source): Finding[] {
  if (!isProduct(source)) return [];
  return [...usesOf(source)].flatMap(({ name, line }): Finding[] => {
    const home = HOMES[name];
    if (!home || home === source.path) return [];
    return [{
      path: source.path,
      line,
      rule: "privilege",
      sentence: `${name} belongs in ${home} only`,
    }];
  });
}

interface Use {
  readonly name: string;
  readonly line: number;
}

function* usesOf(source: Source): Generator<Use> {
  for (const { specifier, line } of importsOf(source)) yield { name: specifier, line };
  for (const node of nodesOf(source)) {
    for (const name of membersOfDeno(node)) {
      yield { name: `Deno.${name}`, line: lineOf(source, node) };
    }
  }
}

/** The names taken out of `Deno` by a node: `Deno.x`, `Deno["x"]`, `const { x } = Deno`. */
function membersOfDeno(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node) && isDeno(node.expression)) return [node.name.text];
  if (ts.isElementAccessExpression(node) && isDeno(node.expression)) {
    return ts.isStringLiteralLike(node.argumentExpression) ? [node.argumentExpression.text] : [];
  }
  if (!ts.isVariableDeclaration(node) || !isDeno(node.initializer)) return [];
  if (!ts.isObjectBindingPattern(node.name)) return [];
  return node.name.elements.map((element) => (element.propertyName ?? element.name).getText());
}

function isDeno(node: ts.Node | undefined): boolean {
  return node !== undefined && /^(globalThis\.)?Deno$/.test(node.getText());
}

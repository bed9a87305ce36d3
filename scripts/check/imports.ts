import ts from "typescript";
import { lineOf, nodesOf, type Source } from "./source.ts";

/** One module that a file names, for its values, its types or both. */
export interface Import {
  /** As written: `./hub.ts`, `node:sqlite`, `hono`. */
  readonly specifier: string;
  readonly line: number;
}

/** Every import, re-export, `import()` of a literal and `import("...")` type of a file. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  for (const node of nodesOf(source)) {
    const specifier = specifierOf(node);
    if (specifier && ts.isStringLiteralLike(specifier)) {
      found.push({ specifier: specifier.text, line: lineOf(source, node) });
    }
  }
  return found;
}

/** The path in the repository that a relative specifier means; `undefined` for a package. */
export function resolveImport(path: string, specifier: string): string | undefined {
  if (!/^\.\.?\//.test(specifier)) return undefined;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function specifierOf(node: ts.Node): ts.Node | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return node.argument.literal;
  }
  const isDynamic = ts.isCallExpression(node) &&
    node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return isDynamic ? node.arguments[0] : undefined;
}

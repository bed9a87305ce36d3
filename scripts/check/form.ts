import ts from "typescript";
import { type Finding, lineOf, nodesOf, type Source } from "./source.ts";

/** No enum, no namespace, no default export; a mod.ts holds nothing but re-exports. */
export function form(source: Source): Finding[] {
  const isFace = source.path.endsWith("/mod.ts");
  return [...nodesOf(source)].flatMap((node) => {
    const sentence = faultOf(node) ?? (isFace ? faceFaultOf(node) : undefined);
    return sentence
      ? [{ path: source.path, line: lineOf(source, node), rule: "form", sentence }]
      : [];
  });
}

function faultOf(node: ts.Node): string | undefined {
  if (ts.isEnumDeclaration(node)) return "an enum is code: use a union of literals";
  if (ts.isModuleDeclaration(node) && isNamespace(node)) {
    return "a namespace hides what a module shows: use a file";
  }
  if (isDefaultExport(node)) return "a default export has no name of its own: export by name";
}

function faceFaultOf(node: ts.Node): string | undefined {
  if (!ts.isSourceFile(node.parent) || node.kind === ts.SyntaxKind.EndOfFileToken) return undefined;
  const isReExport = ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined;
  return isReExport ? undefined : "a mod.ts only re-exports";
}

/** `declare module "x"` and `declare global` add types to what exists and are none. */
function isNamespace(node: ts.ModuleDeclaration): boolean {
  return ts.isIdentifier(node.name) && node.name.text !== "global";
}

function isDefaultExport(node: ts.Node): boolean {
  if (ts.isExportAssignment(node)) return true;
  if (ts.isExportSpecifier(node)) return node.name.text === "default";
  const modifiers = ts.canHaveModifiers(node) ? ts.getModifiers(node) ?? [] : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword);
}

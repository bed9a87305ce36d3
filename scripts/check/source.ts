import ts from "typescript";

/** One source file, read and parsed. */
export interface Source {
  /** From the top of the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** One broken rule. */
export interface Finding {
  readonly path: string;
  /** Counted from 1. */
  readonly line: number;
  readonly rule: string;
  readonly sentence: string;
}

/** A check of one file by itself: no files are read, nothing is printed. */
export type Rule = (source: Source) => Finding[];

/** Parses a source; a file that does not parse gives the tree of what could be read. */
export function parseSource(path: string, text: string): Source {
  return { path, text, tree: ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true) };
}

/** Every node of a file, parents before children. */
export function* nodesOf(source: Source): Generator<ts.Node> {
  yield* descendantsOf(source.tree);
}

/** The line a node starts in, counted from 1, comments above it left out. */
export function lineOf(source: Source, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.getStart(source.tree)).line + 1;
}

/** How many lines a node covers. */
export function lineCountOf(source: Source, node: ts.Node): number {
  return source.tree.getLineAndCharacterOfPosition(node.end).line + 2 - lineOf(source, node);
}

/** Whether a file is part of the program, not a test of it or a tool beside it. */
export function isProduct({ path }: Source): boolean {
  return path === "main.ts" || path.startsWith("lifecycle/") || path.startsWith("server/");
}

function* descendantsOf(node: ts.Node): Generator<ts.Node> {
  for (const child of childrenOf(node)) {
    yield child;
    yield* descendantsOf(child);
  }
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  node.forEachChild((child) => void children.push(child));
  return children;
}

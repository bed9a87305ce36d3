import ts from "typescript";
import { type Finding, lineOf, nodesOf, type Source } from "./source.ts";

const CHECKED = ["TypeError", "RangeError"];
const CONTRACTION = /\w(n't|'re|'ve|'ll|'d)\b/;

/**
 * The message of a thrown TypeError or RangeError reads `Cannot <do what> ...`, has no contraction
 * and ends without a full stop. Messages made elsewhere and tests are not looked at.
 */
export function errorMessage(source: Source): Finding[] {
  if (source.path.startsWith("tests/")) return [];
  return [...nodesOf(source)].flatMap((node): Finding[] => {
    const message = thrownMessage(node);
    const sentence = message === undefined ? undefined : faultOf(message);
    const line = lineOf(source, node);
    return sentence ? [{ path: source.path, line, rule: "error-message", sentence }] : [];
  });
}

function faultOf(message: string): string | undefined {
  if (!/^Cannot \S/.test(message)) return `an error message starts with "Cannot <do what>"`;
  if (message.endsWith(".")) return "an error message ends without a full stop";
  if (CONTRACTION.test(message)) return "an error message has no contraction";
}

function thrownMessage(node: ts.Node): string | undefined {
  if (!ts.isThrowStatement(node) || !ts.isNewExpression(node.expression)) return undefined;
  const { expression, arguments: [message] = [] } = node.expression;
  return message && CHECKED.includes(expression.getText()) ? literalText(message) : undefined;
}

/** The text of a literal, values in it shown as `<>`; `undefined` of anything else. */
function literalText(node: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) {
    return node.head.text + node.templateSpans.map((span) => `<>${span.literal.text}`).join("");
  }
  if (!ts.isBinaryExpression(node)) return undefined;
  const [left, right] = [literalText(node.left), literalText(node.right)];
  return left === undefined && right === undefined ? undefined : `${left ?? "<>"}${right ?? "<>"}`;
}

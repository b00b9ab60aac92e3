/** The text of a type that is written without the name of another: `string`, `'a' | 'b'`, `(number | null)[]`. */
import { ts } from '@ts-morph/common';

const KEYWORDS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.BigIntKeyword,
  ts.SyntaxKind.UndefinedKeyword,
]);

/** Undefined for all others. `readonly` is left out: what can be assigned to both is asked. */
export function plainTypeText(node: ts.TypeNode | undefined): string | undefined {
  if (!node) return undefined;
  if (KEYWORDS.has(node.kind) || ts.isLiteralTypeNode(node)) return node.getText();
  if (ts.isParenthesizedTypeNode(node)) {
    const inner = plainTypeText(node.type);
    return inner === undefined ? undefined : `(${inner})`;
  }
  if (ts.isArrayTypeNode(node)) {
    const element = plainTypeText(node.elementType);
    return element === undefined ? undefined : `${element}[]`;
  }
  if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.ReadonlyKeyword) return plainTypeText(node.type);
  if (!ts.isUnionTypeNode(node)) return undefined;
  const parts = node.types.map(plainTypeText);
  return parts.includes(undefined) ? undefined : parts.join(' | ');
}

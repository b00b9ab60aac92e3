import type { LiteralValue } from '@nuthatch/model';
import { ts } from '@ts-morph/common';
import type { Member, TypeReading } from './type-scope.js';

/** `null`, `'draft'`, `-1`, `true`; `undefined` after a diagnostic. */
export function readLiteral(node: ts.LiteralTypeNode, { refusals }: TypeReading): readonly Member[] | undefined {
  const { literal } = node;
  if (literal.kind === ts.SyntaxKind.NullKeyword) return ['null'];
  let value: LiteralValue | undefined;
  if (ts.isStringLiteralLike(literal)) value = literal.text;
  else if (ts.isNumericLiteral(literal)) value = Number(literal.text);
  else if (ts.isPrefixUnaryExpression(literal) && ts.isNumericLiteral(literal.operand))
    value =
      literal.operator === ts.SyntaxKind.MinusToken ? -Number(literal.operand.text) : Number(literal.operand.text);
  else if (literal.kind === ts.SyntaxKind.TrueKeyword) value = true;
  else if (literal.kind === ts.SyntaxKind.FalseKeyword) value = false;
  if (value === undefined)
    return refusals.refuse(
      'UNSUPPORTED_TYPE',
      node,
      `${node.getText()} is not a literal that can be stored`,
      'write bigint.',
    );
  return [{ kind: 'literal', values: [value] }];
}

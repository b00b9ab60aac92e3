/** Operators on constants, as JavaScript has them; what the compiler does not evaluate is undefined or unknown there. */
import { ts } from '@ts-morph/common';

/** A value that is not plain data. */
export const UNKNOWN = Symbol('unknown');

export function unary(operator: ts.PrefixUnaryOperator, value: unknown): unknown {
  if (operator === ts.SyntaxKind.ExclamationToken) return isPrimitive(value) ? !value : UNKNOWN;
  if (typeof value === 'bigint') {
    if (operator === ts.SyntaxKind.MinusToken) return -value;
    return operator === ts.SyntaxKind.TildeToken ? ~value : UNKNOWN;
  }
  if (typeof value !== 'number') return UNKNOWN;
  switch (operator) {
    case ts.SyntaxKind.MinusToken:
      return -value;
    case ts.SyntaxKind.PlusToken:
      return value;
    case ts.SyntaxKind.TildeToken:
      return ~value;
    default:
      return UNKNOWN;
  }
}

export function binary(operator: ts.SyntaxKind, left: unknown, right: unknown): unknown {
  if (typeof left === 'number' && typeof right === 'number') return arithmetic(operator, left, right);
  const isText = [left, right].every((value) => typeof value === 'string' || typeof value === 'number');
  return operator === ts.SyntaxKind.PlusToken && isText ? `${left}${right}` : UNKNOWN;
}

function arithmetic(operator: ts.SyntaxKind, left: number, right: number): unknown {
  switch (operator) {
    case ts.SyntaxKind.PlusToken:
      return left + right;
    case ts.SyntaxKind.MinusToken:
      return left - right;
    case ts.SyntaxKind.AsteriskToken:
      return left * right;
    case ts.SyntaxKind.SlashToken:
      return left / right;
    case ts.SyntaxKind.PercentToken:
      return left % right;
    case ts.SyntaxKind.AsteriskAsteriskToken:
      return left ** right;
    case ts.SyntaxKind.BarToken:
      return left | right;
    case ts.SyntaxKind.AmpersandToken:
      return left & right;
    case ts.SyntaxKind.CaretToken:
      return left ^ right;
    case ts.SyntaxKind.LessThanLessThanToken:
      return left << right;
    case ts.SyntaxKind.GreaterThanGreaterThanToken:
      return left >> right;
    case ts.SyntaxKind.GreaterThanGreaterThanGreaterThanToken:
      return left >>> right;
    default:
      return UNKNOWN;
  }
}

function isPrimitive(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}

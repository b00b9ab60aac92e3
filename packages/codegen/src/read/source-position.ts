/** Where a node stands in its file. */
import type { ts } from '@ts-morph/common';
import type { SourcePosition } from '../document-source.js';

/** One-based position of a node, decorators and comments before it left out. */
export function positionOf(node: ts.Node): SourcePosition {
  const file = node.getSourceFile();
  const { line, character } = file.getLineAndCharacterOfPosition(node.getStart(file));
  return { file: file.fileName, line: line + 1, column: character + 1 };
}

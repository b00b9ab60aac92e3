/** A message of the generator about a source: where, which, why, and what to do. */
import type { ModelProblemCode } from '@nuthatch/model';
import type { SourcePosition } from './document-source.js';

export type DiagnosticCode =
  | ModelProblemCode
  | 'UNKNOWN_TYPE'
  | 'UNSUPPORTED_TYPE'
  | 'RECURSIVE_TYPE'
  | 'PRIVATE_FIELD'
  | 'UNSUPPORTED_MEMBER'
  | 'UNKNOWN_BASE'
  | 'NOT_EXPORTED'
  | 'BAD_DECORATOR'
  | 'BAD_VIEW'
  | 'SYNTAX'
  | 'MISSING_PACKAGE'
  | 'NO_DOCUMENTS';

export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly position: SourcePosition;
  /** One line: why. */
  readonly message: string;
  /** One line: what to do. */
  readonly hint: string;
}

/** `schemas/player.ts:7:3 UNKNOWN_TYPE why` and the hint below; `toDisplayPath` shortens the path. */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  toDisplayPath: (file: string) => string = (file) => file,
): string {
  const { position, code, message, hint } = diagnostic;
  return `${toDisplayPath(position.file)}:${position.line}:${position.column} ${code} ${message}\n  ${hint}`;
}

/** Collects diagnostics while sources are read. */
export class Diagnostics {
  readonly list: Diagnostic[] = [];

  add(code: DiagnosticCode, position: SourcePosition, message: string, hint: string): void {
    const isKnown = this.list.some(
      (known) => known.code === code && known.message === message && samePosition(known.position, position),
    );
    if (!isKnown) this.list.push({ code, position, message, hint });
  }

  /** In order of file and position. */
  sorted(): readonly Diagnostic[] {
    return [...this.list].sort(
      (a, b) =>
        compareText(a.position.file, b.position.file) ||
        a.position.line - b.position.line ||
        a.position.column - b.position.column,
    );
  }
}

function samePosition(a: SourcePosition, b: SourcePosition): boolean {
  return a.file === b.file && a.line === b.line && a.column === b.column;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

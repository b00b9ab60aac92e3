/** Why a written type cannot be stored, said where it stands. */
import type { ts } from '@ts-morph/common';
import { type Diagnostic, type DiagnosticCode, Diagnostics } from '../diagnostic.js';
import type { SourcePosition } from '../document-source.js';
import { conversionOf } from './foreign-types.js';
import type { ModuleGraph } from './module-graph.js';
import { positionOf } from './source-position.js';

/** The hint for a type of a kind that no field has. */
export const STORABLE =
  'store a string, number, boolean, bigint, Date, Uint8Array, Float32Array, literal, enum, array, Set, Map, or an object of these.';

export class TypeRefusals {
  #diagnostics: Diagnostics;
  #inferredAt: SourcePosition | undefined;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Runs `work` with diagnostics standing at `position`: the type was not written, so it has no place of its own. */
  at<T>(position: SourcePosition, work: () => T): T {
    const outer = this.#inferredAt;
    this.#inferredAt = outer ?? position;
    const result = work();
    this.#inferredAt = outer;
    return result;
  }

  /** Runs `work` and hands out what it refuses instead of saying it. */
  attempt<T>(work: () => T): { readonly result: T; readonly refused: readonly Diagnostic[] } {
    const outer = this.#diagnostics;
    const own = new Diagnostics();
    this.#diagnostics = own;
    try {
      return { result: work(), refused: own.list };
    } finally {
      this.#diagnostics = outer;
    }
  }

  /** Says what an attempt refused. */
  repeat(refused: readonly Diagnostic[]): void {
    for (const { code, position, message, hint } of refused) this.#diagnostics.add(code, position, message, hint);
  }

  refuse(code: DiagnosticCode, node: ts.Node, message: string, hint: string): undefined {
    this.#diagnostics.add(code, this.#inferredAt ?? positionOf(node), message, hint);
    return undefined;
  }

  unsupported(node: ts.Node): undefined {
    const text = node.getText().replace(/\s+/g, ' ').slice(0, 60);
    return this.refuse('UNSUPPORTED_TYPE', node, `the type ${text} cannot be stored`, STORABLE);
  }

  /** A type that is imported, and whose declaration is not found or is a class that only its package can make. */
  fromPackage(node: ts.Node, name: string, module: string, graph: ModuleGraph): undefined {
    if (graph.isAlias(module))
      return this.refuse(
        'UNKNOWN_TYPE',
        node,
        `the type ${name} is imported from ${module}, which leads to no source`,
        'correct the import, or the `paths` or `imports` that it goes by.',
      );
    const text = conversionOf(name);
    return this.refuse(
      'UNKNOWN_TYPE',
      node,
      `the type ${name} comes from the package ${module}, which is not read`,
      text ?? `declare it in your sources: ${STORABLE}`,
    );
  }

  /** A document class that would be stored within itself. */
  keyCycle(node: ts.Node, name: string): undefined {
    const hint = `keep its key: \`${name.charAt(0).toLowerCase()}${name.slice(1)}Id!: string\`.`;
    return this.refuse('RECURSIVE_TYPE', node, `${name} is a document and contains itself`, hint);
  }

  /** A type whose reading comes to no end. */
  endless(node: ts.Node): undefined {
    const hint = 'write the type so that it ends: each level must not name a new one.';
    return this.refuse('RECURSIVE_TYPE', node, 'the type has no end', hint);
  }
}

/** Why a written type cannot be stored, said where it stands. */
import type { ts } from 'ts-morph';
import type { DiagnosticCode, Diagnostics } from '../diagnostic.js';
import type { SourcePosition } from '../document-source.js';
import { positionOf } from './module-graph.js';

/** The hint for a type of a kind that no field has. */
export const STORABLE =
  'store a string, number, boolean, bigint, Date, Uint8Array, literal, enum, array, Set, Map, or an object of these.';

export class TypeRefusals {
  readonly #diagnostics: Diagnostics;
  #inferredAt: SourcePosition | undefined;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Runs `work` with diagnostics standing at `position`: the type was not written, so it has no place of its own. */
  at<T>(position: SourcePosition, work: () => T): T {
    this.#inferredAt = position;
    const result = work();
    this.#inferredAt = undefined;
    return result;
  }

  refuse(code: DiagnosticCode, node: ts.Node, message: string, hint: string): undefined {
    this.#diagnostics.add(code, this.#inferredAt ?? positionOf(node), message, hint);
    return undefined;
  }

  unsupported(node: ts.Node): undefined {
    const text = node.getText().replace(/\s+/g, ' ').slice(0, 60);
    return this.refuse('UNSUPPORTED_TYPE', node, `the type ${text} cannot be stored`, STORABLE);
  }

  recursive(node: ts.Node, name: string): undefined {
    const hint = 'store the inner ones as documents and keep their ids.';
    return this.refuse('RECURSIVE_TYPE', node, `${name} contains itself`, hint);
  }
}

/** Why a written type cannot be stored, said where it stands. */
import type { ts } from 'ts-morph';
import type { DiagnosticCode, Diagnostics } from '../diagnostic.js';
import type { SourcePosition } from '../document-source.js';
import { type ModuleGraph, positionOf } from './module-graph.js';

/** The hint for a type of a kind that no field has. */
export const STORABLE =
  'store a string, number, boolean, bigint, Date, Uint8Array, literal, enum, array, Set, Map, or an object of these.';

/** What other libraries' types become. */
const OTHER_LIBRARIES: Readonly<Record<string, string>> = {
  Decimal: 'keep decimals as a string, or as a bigint of the smallest unit.',
  Decimal128: 'keep decimals as a string, or as a bigint of the smallest unit.',
  BigNumber: 'keep decimals as a string, or as a bigint of the smallest unit.',
  ObjectId: "keep the id's text: a string.",
  ObjectID: "keep the id's text: a string.",
  Ref: 'keep the key of the other document: its id field’s type.',
  Relation: 'keep the key of the other document: its id field’s type.',
  Collection: 'keep the keys of the other documents in a list, or only the key on their side.',
  Opt: 'write the type that it wraps.',
};

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

  /** A type that is imported, and whose declaration is not found or is a class that only its package can make. */
  fromPackage(node: ts.Node, name: string, module: string, graph: ModuleGraph): undefined {
    if (graph.isAlias(module))
      return this.refuse(
        'UNKNOWN_TYPE',
        node,
        `the type ${name} is imported from ${module}, which leads to no source`,
        'correct the import, or the `paths` or `imports` that it goes by.',
      );
    const text = OTHER_LIBRARIES[name];
    return this.refuse(
      'UNKNOWN_TYPE',
      node,
      `the type ${name} comes from the package ${module}, which is not read`,
      text ?? `declare it in your sources: ${STORABLE}`,
    );
  }

  recursive(node: ts.Node, name: string): undefined {
    const hint = 'store the inner ones as documents and keep their ids.';
    return this.refuse('RECURSIVE_TYPE', node, `${name} contains itself`, hint);
  }
}

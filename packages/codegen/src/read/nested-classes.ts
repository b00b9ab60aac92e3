/** Classes of values inside documents: generated code makes their instances, under names of its own where two have one. */
import { type FieldModel, promiseLike } from '@nuthatch/model';
import type { ts } from '@ts-morph/common';
import type { ClassReference } from '../document-source.js';
import { behaviourOfClass, withBehaviour } from './behaviour.js';
import type { ModuleGraph } from './module-graph.js';
import { thenMember } from './then-member.js';
import type { TypeRefusals } from './type-refusals.js';
import type { Member, TypeReading } from './type-scope.js';

type Members = readonly Member[] | undefined;

export class NestedClasses {
  readonly #graph: ModuleGraph;
  readonly #refusals: TypeRefusals;
  readonly #isTaken: (name: string) => boolean;
  /** By their names in generated code. */
  readonly #found = new Map<string, ClassReference>();

  /** @param isTaken whether generated code means something of its own by a name. */
  constructor(reading: TypeReading, isTaken: (name: string) => boolean) {
    this.#graph = reading.graph;
    this.#refusals = reading.refusals;
    this.#isTaken = isTaken;
  }

  /** In the order in which they were met. */
  get list(): readonly ClassReference[] {
    return [...this.#found.values()];
  }

  /** The type of a nested class with these fields; `undefined` after a diagnostic. */
  read(declaration: ts.ClassDeclaration, file: ts.SourceFile, fields: readonly FieldModel[], node: ts.Node): Members {
    const className = declaration.name?.text;
    const exported = className && this.#graph.exportedName(className, file);
    if (!className || !exported) {
      return this.#refusals.refuse(
        'NOT_EXPORTED',
        node,
        className === undefined
          ? 'the class of a nested value has no name'
          : `the class ${className} of a nested value is not exported`,
        'write `export class` with a name at the top of its file, so that generated code can make its instances.',
      );
    }
    const then = thenMember(declaration);
    if (then) {
      const { message, hint } = promiseLike(className);
      return this.#refusals.refuse('DANGEROUS_NAME', then, message, hint);
    }
    const local = this.#localName(className, exported, file);
    this.#found.set(local, {
      className: local,
      exportName: exported,
      file: file.fileName,
      isGeneric: declaration.typeParameters !== undefined,
    });
    return [withBehaviour({ kind: 'object', className: local, fields }, behaviourOfClass(declaration, this.#graph))];
  }

  /** The name of a nested class in generated code: its name, or `Part2` where that is another's. */
  #localName(className: string, exportName: string, { fileName }: ts.SourceFile): string {
    for (let local = className, n = 2; ; local = `${className}${n++}`) {
      const other = this.#found.get(local);
      if (other ? other.file === fileName && other.exportName === exportName : !this.#isTaken(local)) return local;
    }
  }
}

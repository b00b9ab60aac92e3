/** Emits the migration that carries one branch's documents over what the other branch changed in the same collection. */
import type { DocumentModel } from '@nuthatch/model';
import { functionsIn, migrationModule } from './manifest-emitter.js';
import { indent, list, quote } from './source-text.js';
import { objectTypeText } from './type-text.js';

export interface MergeStub {
  /** The collection as one branch left it. */
  readonly before: DocumentModel;
  /** The collection with both branches' changes. */
  readonly after: DocumentModel;
  /** The other branch's migrations of it, in order. */
  readonly migrations: readonly { readonly id: string; readonly isOneOfSeveral: boolean }[];
  /** The fields they change: nothing else is taken from what they return. */
  readonly fields: readonly string[];
  readonly hasDown: boolean;
  readonly extension: string;
}

/** The stub's text. */
export function emitMerge({ before, after, migrations, fields, hasDown, extension }: MergeStub): string {
  const names = migrations.map((_, index) => `theirs${index + 1}`);
  const functions = migrations.map(({ isOneOfSeveral }, index) =>
    functionsIn(names[index]!, before.collection, isOneOfSeveral),
  );
  const imports = migrations
    .map(({ id }, index) => `import * as ${names[index]} from ${quote(`../${migrationModule(id, extension)}`)};`)
    .join('\n');
  const from = `${before.name}OfOneBranch`;
  const to = `${after.name}OfBoth`;
  const chain = (verb: string, order: readonly string[]): string =>
    order.reduce((value, name) => `${name}.${verb}(${value} as never)`, 'document');
  const down = `
/** The document without what the other branch made. */
export function down(document: ${to}): ${from} {
${indent(`return taken(document, ${chain('down', [...functions].reverse())}) as unknown as ${from};`)}
}
`;
  return `${imports}

/**
 * ${after.collection}: carries documents of one branch over what ${migrations.map(({ id }) => id).join(' and ')} changes.
 *
 * Written once, then yours: it is never overwritten.
 */
export interface ${from} ${objectTypeText(before.fields)}

export interface ${to} ${objectTypeText(after.fields)}

/** The changes of the other branch; all else stays as this branch made it. */
${list('const FIELDS: readonly string[] = [', fields.map(quote), '];')}

/** The document with both branches' changes. */
export function up(document: ${from}): ${to} {
${indent(`return taken(document, ${chain('up', functions)}) as unknown as ${to};`)}
}
${hasDown ? down : ''}
function taken(document: object, changed: object): object {
  const result: Record<string, unknown> = { ...document };
  for (const field of FIELDS) {
    if (Object.hasOwn(changed, field)) result[field] = (changed as Record<string, unknown>)[field];
    else delete result[field];
  }
  return result;
}
`;
}

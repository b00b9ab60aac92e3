/** Emits the stub of a migration that sees the whole database: for other ids, and collections that split or merge. */
import type { DocumentModel } from '@nuthatch/model';
import { convertedProperties } from './conversion.js';
import { conversionBody } from './migration-emitter.js';
import { capitalise, commentText, importStatements, indent, isIdentifier, quote, uncapitalise } from './source-text.js';
import { objectTypeText } from './type-text.js';

export interface DatabaseMigrationStub {
  readonly before: readonly DocumentModel[];
  readonly after: readonly DocumentModel[];
  /** The changes, in words: `player: changes the id from id to email`. */
  readonly changes: readonly string[];
  /** Collection → new name of a renamed field → its old one. */
  readonly renamedFrom: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** The stub's text. */
export function emitDatabaseMigration({ before, after, changes, renamedFrom }: DatabaseMigrationStub): string {
  const interfaces = [
    ...before.map((model) => `export interface ${typeName(model, 'Before')} ${objectTypeText(model.fields)}`),
    ...after.map((model) => `export interface ${typeName(model, 'After')} ${objectTypeText(model.fields)}`),
  ];
  const pairs = before.flatMap((was) => {
    const now = after.find(({ collection }) => collection === was.collection);
    return now ? [{ was, now, renamed: renamedFrom.get(was.collection) ?? new Map<string, string>() }] : [];
  });
  const ups = pairs.map(({ was, now, renamed }) => converter('newer', was, now, renamed, false));
  const downs = pairs.map(({ was, now, renamed }) =>
    converter('older', now, was, new Map([...renamed].map(([to, from]) => [from, to])), true),
  );
  const up = loops(
    pairs.map(({ was }) => was),
    'newer',
    'Before',
  );
  const down = loops(
    pairs.map(({ now }) => now),
    'older',
    'After',
  );
  const body = [...ups, ...downs].join('\n\n');
  const names = ['keptValue', 'requiredValue'].filter((name) => new RegExp(`\\b${name}[<(]`).test(body));
  const types = ['type MigrationSource', 'type MigrationTarget'];
  const words = changes.map((line) => ` * ${commentText(line)}\n`).join('');
  return `${importStatements([{ from: '@nuthatch/runtime', names: [...names, ...types] }])}

/**
${words} *
 * Sees the whole database. A collection that keeps its id begins in \`target\` as it was; one with another id, and a new
 * one, begin empty. Runs in \`nuthatch migrate up\` only. Without \`down\` there is no way back. Written once, then yours:
 * it is never overwritten.
 */
${interfaces.join('\n\n')}

/** Writes the newer database. */
export function up(source: MigrationSource, target: MigrationTarget): void {
${indent(up)}
}

/** Writes the older database. */
export function down(source: MigrationSource, target: MigrationTarget): void {
${indent(down)}
}
${body && `\n${body}\n`}`;
}

function typeName({ name }: DocumentModel, suffix: string): string {
  return `${name}${suffix}`;
}

function functionName(direction: string, { collection, name }: DocumentModel): string {
  return `${direction}${capitalise(isIdentifier(collection) ? collection : uncapitalise(name))}`;
}

function loops(models: readonly DocumentModel[], direction: string, suffix: string): string {
  if (models.length === 0) return 'void source;\nvoid target;';
  return models
    .map((model) => {
      const collection = quote(model.collection);
      return `for (const document of source.all<${typeName(model, suffix)}>(${collection}))
  target.put(${collection}, ${functionName(direction, model)}(document));`;
    })
    .join('\n');
}

function converter(
  direction: 'newer' | 'older',
  from: DocumentModel,
  to: DocumentModel,
  renamedFrom: ReadonlyMap<string, string>,
  isBack: boolean,
): string {
  const conversion = { from: from.fields, to: to.fields, renamedFrom, isBack };
  const [given, made] = isBack ? ['After', 'Before'] : ['Before', 'After'];
  const isSame = convertedProperties('document', conversion).length === 0 && renamedFrom.size === 0;
  const body = isSame ? 'return document;' : conversionBody(conversion);
  return `function ${functionName(direction, to)}(document: ${typeName(from, given)}): ${typeName(to, made)} {
${indent(body)}
}`;
}

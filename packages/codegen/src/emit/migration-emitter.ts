/** Emits the stub of a migration: both versions of a class as interfaces, and the two functions the user completes. */
import type { DocumentModel, ModelChange } from '@nuthatch/model';
import { type MovedEnum, movedBack } from '../evolve/moved-enums.js';
import { type Conversion, convertedProperties } from './conversion.js';
import { commentText, importStatements, indent, list, propertyName } from './source-text.js';
import { objectTypeText } from './type-text.js';

export interface MigrationStub {
  readonly before: DocumentModel;
  readonly after: DocumentModel;
  readonly changes: readonly ModelChange[];
  /** The new name of a renamed field → its old one. */
  readonly renamedFrom: ReadonlyMap<string, string>;
  /** Enums whose members got other numbers. */
  readonly moved?: readonly MovedEnum[];
  /** Number of the older version, 1 for the first. */
  readonly version: number;
}

/** The stub's text. */
export function emitMigration({ before, after, changes, renamedFrom, moved = [], version }: MigrationStub): string {
  const from = `${before.name}V${version}`;
  const to = `${after.name}V${version + 1}`;
  const renamedTo = new Map([...renamedFrom].map(([now, was]) => [was, now]));
  const up = conversionBody({ from: before.fields, to: after.fields, renamedFrom, moved, isBack: false });
  const down = conversionBody({
    from: after.fields,
    to: before.fields,
    renamedFrom: renamedTo,
    moved: movedBack(moved),
    isBack: true,
  });
  const names = ['keptValue', 'requiredValue'].filter(
    (name) => `${up}${down}`.includes(`${name}(`) || `${up}${down}`.includes(`${name}<`),
  );
  const imports = importStatements([{ from: '@nuthatch/runtime', names }]);
  const words = changes.map(({ description }) => ` * ${after.collection}: ${commentText(description)}`).join('\n');
  const help = names.includes('requiredValue')
    ? ' *\n * Replace each requiredValue(…) by a value: until then this does not compile. Fields that are not named are kept.\n'
    : ' *\n * Fields that are not named are kept.\n';
  return `${imports ? `${imports}\n\n` : ''}/**
${words}
${help} * Without \`down\` there is no way back. Written once, then yours: it is never overwritten.
 */
export interface ${from} ${objectTypeText(before.fields)}

export interface ${to} ${objectTypeText(after.fields)}

/** The newer document. */
export function up(document: ${from}): ${to} {
${indent(up)}
}

/** The older document. */
export function down(document: ${to}): ${from} {
${indent(down)}
}
`;
}

/** The statements that make the other version of `document` and return it. */
export function conversionBody(conversion: Conversion): string {
  const properties = convertedProperties('document', conversion);
  const gone = [...conversion.renamedFrom.values()];
  if (gone.length === 0) return `return ${list('{', ['...document', ...properties], '};', 9)}`;
  // Taken out under its old name, or the document would have it twice.
  const dropped = gone.map((name, index) => `${propertyName(name)}: _${index + 1}`);
  return `${list('const {', [...dropped, '...kept'], '} = document;', 2)}\nreturn ${list('{', ['...kept', ...properties], '};', 9)}`;
}

/** The name of a stub's folder: what changed first, in a file name's letters. */
export function migrationName(collection: string, changes: readonly ModelChange[]): string {
  const first = changes.find((change) => change.needsMigration) ?? changes[0];
  const words = `${collection} ${first?.description ?? 'change'}`.toLowerCase().match(/[a-z0-9]+/g) ?? ['change'];
  return words.slice(0, 6).join('-');
}

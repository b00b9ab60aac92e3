/**
 * Emits `migrations.ts`: every migration with the models it leads between, by static imports, so that bundlers take
 * them along. There is no such file while there are no migrations.
 */
import { type DocumentModel, modelFingerprint } from '@nuthatch/model';
import { type MigrationRecord, stepsOf } from '../evolve/migration-record.js';
import { banner } from './banner.js';
import { access } from './conversion.js';
import { emitModel } from './model-literal.js';
import type { EarlierModels } from './models-emitter.js';
import { importStatements, indent, list, propertyName, quote } from './source-text.js';
import { wrapLines } from './wrap-lines.js';

/** The module of a migration's code, seen from the folder of all migrations. */
export function migrationModule(id: string, extension: string): string {
  return `${id}/migration${extension}`;
}

/** Where a migration's module has the functions of a collection: one of one collection is them, one of several has them by name. */
export function functionsIn(variable: string, collection: string, isOneOfSeveral: boolean): string {
  return isOneOfSeveral ? access(`${variable}.collections`, collection) : variable;
}

/** @param modulePath what the manifest imports for a migration: `../schemas/migrations/0001-a/migration.js`. */
export function emitManifest(
  records: readonly MigrationRecord[],
  modulePath: (id: string) => string,
  later: EarlierModels = {},
): string {
  const models = new Map<string, string>();
  const nameOf = (model: DocumentModel): string => {
    const fingerprint = modelFingerprint(model);
    const known = models.get(fingerprint);
    if (known !== undefined) return known.slice(0, known.indexOf(' '));
    const name = `model${models.size + 1}`;
    models.set(fingerprint, `${name} ${emitModel(model)}`);
    return name;
  };
  const coded = records.filter(({ kind }) => kind !== 'merge');
  const variables = new Map(coded.map(({ id }, index) => [id, `migration${index + 1}`]));
  const entries = records
    .map((record) => indent(`${entryText(record, variables.get(record.id), nameOf, laterOf(records, record, later))},`))
    .join('\n');
  const imports = coded.map(({ id }) => `import * as ${variables.get(id)} from ${quote(modulePath(id))};`);
  const constants = [...models.values()]
    .map((text) => `const ${text.replace(' ', ': DocumentModel = ')};\n`)
    .join('\n');
  const types = importStatements([
    { from: '@nuthatch/runtime/generated', names: ['type DocumentModel', 'type Migration'] },
  ]);
  return banner(
    wrapLines(`${[types, ...imports].join('\n')}

${constants}
/** Every migration, in order. */
export const migrations: readonly Migration[] = [
${entries}
];
`),
  );
}

/** Models since a collection's last migration are noted with it. */
function laterOf(records: readonly MigrationRecord[], record: MigrationRecord, later: EarlierModels): EarlierModels {
  const isLast = (collection: string): boolean =>
    records.findLast(({ after }) => after.some((model) => model.collection === collection)) === record;
  return Object.fromEntries(Object.entries(later).filter(([collection]) => isLast(collection)));
}

function entryText(
  record: MigrationRecord,
  variable: string | undefined,
  nameOf: (model: DocumentModel) => string,
  later: EarlierModels,
): string {
  const all = stepsOf(record);
  const functions = ({ collection }: DocumentModel): string => functionsIn(variable!, collection, all.length > 1);
  const steps = all.map(
    ({ before, after }) =>
      `${propertyName(before.collection)}: { ...${functions(before)}, from: ${quote(modelFingerprint(before))}, to: ${quote(modelFingerprint(after))} }`,
  );
  const parts = [
    `id: ${quote(record.id)}`,
    `parents: [${record.parents.map(quote).join(', ')}]`,
    `result: ${quote(record.result)}`,
    list('before: [', record.before.map(nameOf), ']', 4),
    list('after: [', record.after.map(nameOf), ']', 4),
  ];
  for (const [name, lists] of [
    ['earlier', record.earlier ?? {}],
    ['later', later],
  ] as const) {
    const entries = Object.entries(lists).map(
      ([collection, all]) => `${propertyName(collection)}: [${all.map(quote).join(', ')}]`,
    );
    if (entries.length > 0) parts.push(list(`${name}: {`, entries, '}', 4));
  }
  const renames = Object.entries(record.renames ?? {}).map(([collection, names]) => {
    const pairs = Object.entries(names).map(([now, old]) => `${propertyName(now)}: ${quote(old)}`);
    return `${propertyName(collection)}: { ${pairs.join(', ')} }`;
  });
  if (renames.length > 0) parts.push(list('renames: {', renames, '}', 4));
  if (record.kind === 'collections') parts.push(`collections: {\n${steps.map((step) => `  ${step},\n`).join('')}}`);
  if (record.kind === 'database') parts.push(`database: { ...${variable} }`);
  return `{\n${parts.map((part) => `${indent(part)},\n`).join('')}}`;
}

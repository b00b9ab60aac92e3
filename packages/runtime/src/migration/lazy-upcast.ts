/** Upcasts at open: the user's migrations, one document at a time, as far as they see one document at a time. */
import { DatabaseError } from '@nuthatch/model';
import type { PlainFields } from '../codec/kept-fields.js';
import type { CollectionDefinition } from '../definition/collection-definition.js';
import type { Upcast } from '../recovery/document-reader.js';
import { UnreadableDocument } from '../recovery/unreadable-documents.js';
import type { Migration } from './migration.js';
import { type ChainStep, MigrationChain } from './migration-chain.js';
import { plainStep } from './plain-document.js';
import { unseenSteps } from './run-steps.js';

/** Undefined when there are no migrations. */
export function lazyUpcast(
  migrations: readonly Migration[],
  definitions: readonly CollectionDefinition[],
): Upcast | undefined {
  if (migrations.length === 0) return undefined;
  const chain = new MigrationChain(migrations);
  const today = new Map(definitions.map((definition) => [definition.model.collection, definition]));
  return (model, fingerprint) => {
    const steps = chain.stepsFrom({ model, fingerprint }, today.get(model.collection));
    const last = steps.at(-1);
    if (last === undefined) return undefined;
    const blocking = steps.find(({ migration }) => migration.database !== undefined);
    if (blocking !== undefined) throw databaseMigrationPending(model.collection, blocking);
    const run = steps.map((step) => oneStep(step));
    return {
      collection: last.after?.model.collection ?? model.collection,
      migration: last.migration.id,
      renamedFrom: renamesOf(steps),
      up: (plain, writtenMs) => run.reduce((document, step) => step(document, writtenMs), plain),
    };
  };
}

/** The renames of all steps, in turn: `a` to `b`, then `b` to `c`, is `a` to `c`. */
function renamesOf(steps: readonly ChainStep[]): ReadonlyMap<string, string> {
  const renamedFrom = new Map<string, string>();
  for (const { migration, after } of steps) {
    const names = Object.entries(migration.renames?.[after?.model.collection ?? ''] ?? {});
    const was = names.map(([, old]) => renamedFrom.get(old) ?? old);
    for (const [, old] of names) renamedFrom.delete(old);
    for (const [index, [now]] of names.entries()) renamedFrom.set(now, was[index]!);
  }
  return renamedFrom;
}

function oneStep({
  migration,
  before,
  after,
  code,
}: ChainStep): (plain: PlainFields, writtenMs: number) => PlainFields {
  const { model } = before;
  const step = plainStep(migration.id, model, after?.model ?? model, code?.up.bind(code));
  const join = plainStep(migration.id, model, model, undefined);
  return (plain, writtenMs) => required(step(required(join(plain, writtenMs)), writtenMs));
}

/** @throws UnreadableDocument itself: the reader of documents takes it. */
function required(result: PlainFields | UnreadableDocument): PlainFields {
  if (result instanceof UnreadableDocument) throw result;
  return result;
}

/**
 * A migration over the whole database that changes data and no model, or brings a collection, has to have run too.
 *
 * @param appliedIds ids that the directory says have run.
 * @throws DatabaseError `MIGRATION_REQUIRED` with the command that runs it.
 */
export function requireDatabaseSteps(migrations: readonly Migration[], appliedIds: readonly string[]): void {
  const pending = unseenSteps(migrations, new Set(appliedIds)).map(({ id }) => id);
  const [migration] = pending;
  if (migration === undefined) return;
  const are = pending.length === 1 ? 'sees the whole database and has' : 'see the whole database and have';
  const what = `migration ${pending.join(', ')} ${are} not run`;
  throw new DatabaseError('MIGRATION_REQUIRED', what, { migration, pending, command: MIGRATE_UP });
}

const MIGRATE_UP = 'npx nuthatch migrate up';

function databaseMigrationPending(collection: string, { migration }: ChainStep): DatabaseError {
  const what = `migration ${migration.id} sees the whole database and has not run: documents of ${collection} wait for it`;
  return new DatabaseError('MIGRATION_REQUIRED', what, { collection, migration: migration.id, command: MIGRATE_UP });
}
